import Foundation

/// The few functions of Open MPI 4 that are used here, looked for when they are wanted and not
/// linked: only training on several processes needs them. Handles are addresses of the library's own
/// objects, as its `mpi.h` has them.
@safe struct OpenMPI {
  typealias Handle = UnsafeMutableRawPointer

  private typealias Start =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, CInt, UnsafeMutablePointer<CInt>
    ) -> CInt
  private typealias Ask = @convention(c) (Handle, UnsafeMutablePointer<CInt>) -> CInt
  private typealias SetHandler = @convention(c) (Handle, Handle) -> CInt
  /// Send, receive, count, type, operation, communicator, request.
  private typealias Add =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, CInt, Handle, Handle, Handle,
      UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> CInt
  private typealias Test =
    @convention(c) (
      UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<CInt>,
      UnsafeMutableRawPointer?
    ) -> CInt
  private typealias End = @convention(c) () -> CInt

  private let start: Start
  private let rank: Ask
  private let size: Ask
  private let setHandler: SetHandler
  private let addAll: Add
  private let test: Test
  private let finish: End
  private let world: Handle
  private let errorsReturn: Handle
  private let sum: Handle
  let float: Handle
  let double: Handle

  /// `nil` where the library is missing or of another kind.
  static func load() -> OpenMPI? {
    // Global: the library's plugins look their functions up in it.
    guard let library = unsafe dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL),
      let start = unsafe dlsym(library, "MPI_Init_thread"),
      let rank = unsafe dlsym(library, "MPI_Comm_rank"),
      let size = unsafe dlsym(library, "MPI_Comm_size"),
      let setHandler = unsafe dlsym(library, "MPI_Comm_set_errhandler"),
      let add = unsafe dlsym(library, "MPI_Iallreduce"),
      let test = unsafe dlsym(library, "MPI_Test"),
      let finish = unsafe dlsym(library, "MPI_Finalize"),
      let world = unsafe dlsym(library, "ompi_mpi_comm_world"),
      let errorsReturn = unsafe dlsym(library, "ompi_mpi_errors_return"),
      let sum = unsafe dlsym(library, "ompi_mpi_op_sum"),
      let float = unsafe dlsym(library, "ompi_mpi_float"),
      let double = unsafe dlsym(library, "ompi_mpi_double")
    else { return nil }
    return unsafe OpenMPI(
      start: unsafeBitCast(start, to: Start.self), rank: unsafeBitCast(rank, to: Ask.self),
      size: unsafeBitCast(size, to: Ask.self),
      setHandler: unsafeBitCast(setHandler, to: SetHandler.self),
      addAll: unsafeBitCast(add, to: Add.self), test: unsafeBitCast(test, to: Test.self),
      finish: unsafeBitCast(finish, to: End.self), world: world, errorsReturn: errorsReturn,
      sum: sum, float: float, double: double)
  }

  /// MPI_THREAD_FUNNELED: other threads compute, one calls.
  private static let oneThreadCalls: CInt = 1
  /// MPI_IN_PLACE.
  private static var inPlace: UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(bitPattern: 1)
  }

  /// Joins the world; its rank and size, or `nil` where that failed.
  func begin() -> (rank: Int, count: Int)? {
    var (given, own, all): (CInt, CInt, CInt) = (0, 0, 0)
    guard unsafe start(nil, nil, Self.oneThreadCalls, &given) == 0,
      // A lost process is a code to be looked at, not the end.
      unsafe setHandler(world, errorsReturn) == 0,
      unsafe rank(world, &own) == 0, unsafe size(world, &all) == 0
    else { return nil }
    return (Int(own), Int(all))
  }

  func end() { _ = finish() }

  /// Adds up the values of all processes in place. Returns false where that failed or `givesUp` said
  /// so while others were waited for: the sum must then not be used, nor another begun.
  func add(
    _ values: UnsafeMutableRawPointer?, _ count: Int, as type: Handle, givesUp: () -> Bool
  ) -> Bool {
    var request: UnsafeMutableRawPointer?
    guard
      unsafe addAll(Self.inPlace, values, CInt(count), type, sum, world, &request) == 0
    else { return false }
    var looks = 0
    while true {
      var done: CInt = 0
      guard unsafe test(&request, &done, nil) == 0 else { return false }
      if done != 0 { return true }
      if givesUp() { return false }
      looks += 1
      // Others that are late keep their core; a message in pieces is not held up.
      if looks > Self.eagerLooks { usleep(50) }
    }
  }

  private static let eagerLooks = 2_000
}

internal import Glibc

/// A place where tests let the daemon die: in debug builds the environment variable
/// `CHARTHERO_FAULT=NAME` makes the process kill itself there, as a power cut would. Release builds
/// have none of it.
enum FaultPoint {
  static func reach(_ name: String) {
    #if DEBUG
      if let wanted = unsafe getenv("CHARTHERO_FAULT"), unsafe String(cString: wanted) == name {
        kill(getpid(), SIGKILL)
      }
    #endif
  }
}

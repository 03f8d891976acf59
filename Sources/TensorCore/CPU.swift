internal import CKernels
internal import Glibc

/// What the processor can do.
enum CPU {
  static let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  static let hasAVX2 = ck_cpu_features() & 1 != 0
  static let hasAVX512 = ck_cpu_features() & 2 != 0
}

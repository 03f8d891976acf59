internal import CKernels
internal import Glibc

/// What the processor can do.
package enum CPU {
  package static let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  package static let hasAVX512 = ck_has_avx512() != 0
}

// The Linux calls that Swift's Glibc module does not show (it is built without _GNU_SOURCE, and
// imports neither variadic functions nor the CMSG macros). Nothing here keeps state. Each function
// answers -1 and sets errno like the call it stands for, unless its comment says otherwise.
#pragma once
#include <spawn.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/// renameat2 with RENAME_NOREPLACE: EEXIST where the new name is taken.
int linux_rename_new(int from_folder, const char *from, int to_folder, const char *to);
/// renameat2 with RENAME_EXCHANGE: both names exist and change places at once.
int linux_rename_exchange(int from_folder, const char *from, int to_folder, const char *to);

/// openat2 below `folder`: no "..", no link, no magic link leads out of it.
int linux_open_beneath(int folder, const char *path, int flags, mode_t mode);
/// openat with O_CLOEXEC.
int linux_open_at(int folder, const char *path, int flags, mode_t mode);

/// pipe2 with O_CLOEXEC.
int linux_pipe(int ends[2]);
/// accept4 with SOCK_CLOEXEC.
int linux_accept(int socket);

/// A sealable, close-on-exec memory file, and its seal against any later change.
int linux_memory_file(const char *name);
int linux_seal(int descriptor);
/// Sends one descriptor (SCM_RIGHTS) and no data to a datagram socket's address.
int linux_send_descriptor(int socket, const struct sockaddr *to, socklen_t length, int descriptor);

/// Is the file open for writing anywhere? 1 yes, 0 no, -1 cannot be told (not our file, or a file
/// system without leases). The lease is taken and given back at once.
int linux_open_for_writing(int descriptor);
/// Offset of the first hole (or preallocated, never written range), the size where there is none.
off_t linux_first_hole(int descriptor);
/// The file system's magic number (statfs f_type), 0 where it cannot be read.
int64_t linux_file_system(const char *path);
/// Bytes that an unprivileged user may still write to the path's file system.
int64_t linux_free_bytes(const char *path);

/// Asks the kernel to kill this process when the thread that made it ends.
int linux_die_with_parent(void);
/// The name of this process in lists of processes, at most 15 bytes.
void linux_name_process(const char *name);
/// Lowers the priority of this process by so many steps of nice.
void linux_be_nicer(int by);
/// Closes every descriptor from `first` on in the spawned process.
int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

/// Whether this processor has the AVX-512 that OpenBLAS's SkylakeX kernels need (F, DQ, BW, VL, CD)
/// and the system keeps its registers.
int linux_has_avx512(void);

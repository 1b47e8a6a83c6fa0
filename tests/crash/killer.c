/* Kills its process at a chosen call that changes the disk; for LD_PRELOAD.
 *
 * killer_arm(n, half) starts counting; at the n-th counted call the process dies by SIGKILL, before the call is done,
 * or, with half, when a write has written half of its bytes. n = 0 only counts. Counted are the calls below on
 * regular files and folders; pipes and sockets are not. Not covered: files that are mapped into memory, calls that
 * libc makes inside itself, and what the disk loses when the power goes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NAMES 65536

static int armed, halves;
static long seen, target;
static const char *names[NAMES];

void killer_arm(long n, int half) { seen = 0, target = n, halves = half, armed = 1; }
void killer_disarm(void) { armed = 0; }
long killer_count(void) { return seen; }
const char *killer_name(long n) { return n >= 1 && n <= seen && n <= NAMES ? names[n - 1] : ""; }

static void die(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        syscall(SYS_pause);
}

static int due(const char *name)
{
    if (!armed)
        return 0;
    if (seen < NAMES)
        names[seen] = name;
    return ++seen == target;
}

static int on_disk(int fd)
{
    struct stat s;
    int kept = errno, yes = fstat(fd, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
    errno = kept;
    return yes;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITES(name, parameters, arguments, half)   \
    ssize_t name parameters                         \
    {                                               \
        if (on_disk(fd) && due(#name)) {            \
            if (halves)                             \
                REAL(name) half;                    \
            die();                                  \
        }                                           \
        return REAL(name) arguments;                \
    }
#define CHANGES(name, counts, parameters, arguments) \
    int name parameters                              \
    {                                                \
        if ((counts) && due(#name))                  \
            die();                                   \
        return REAL(name) arguments;                 \
    }

WRITES(write, (int fd, const void *data, size_t size), (fd, data, size), (fd, data, size / 2))
WRITES(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), (fd, data, size / 2, at))
WRITES(pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), (fd, data, size / 2, at))
WRITES(writev, (int fd, const struct iovec *data, int count), (fd, data, count), (fd, data, count / 2))
WRITES(pwritev, (int fd, const struct iovec *data, int count, off_t at), (fd, data, count, at), (fd, data, count / 2, at))
WRITES(pwritev64, (int fd, const struct iovec *data, int count, off64_t at), (fd, data, count, at),
       (fd, data, count / 2, at))
WRITES(copy_file_range, (int from, off64_t *a, int fd, off64_t *b, size_t size, unsigned flags),
       (from, a, fd, b, size, flags), (from, a, fd, b, size / 2, flags))

CHANGES(fsync, on_disk(fd), (int fd), (fd))
CHANGES(fdatasync, on_disk(fd), (int fd), (fd))
CHANGES(ftruncate, on_disk(fd), (int fd, off_t size), (fd, size))
CHANGES(ftruncate64, on_disk(fd), (int fd, off64_t size), (fd, size))
CHANGES(truncate, 1, (const char *path, off_t size), (path, size))
CHANGES(truncate64, 1, (const char *path, off64_t size), (path, size))
CHANGES(fallocate, on_disk(fd), (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
CHANGES(fallocate64, on_disk(fd), (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size))
CHANGES(posix_fallocate, on_disk(fd), (int fd, off_t at, off_t size), (fd, at, size))
CHANGES(posix_fallocate64, on_disk(fd), (int fd, off64_t at, off64_t size), (fd, at, size))
CHANGES(rename, 1, (const char *from, const char *to), (from, to))
CHANGES(renameat, 1, (int a, const char *from, int b, const char *to), (a, from, b, to))
CHANGES(renameat2, 1, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
CHANGES(unlink, 1, (const char *path), (path))
CHANGES(unlinkat, 1, (int fd, const char *path, int flags), (fd, path, flags))
CHANGES(rmdir, 1, (const char *path), (path))
CHANGES(mkdir, 1, (const char *path, mode_t mode), (path, mode))
CHANGES(mkdirat, 1, (int fd, const char *path, mode_t mode), (fd, path, mode))
CHANGES(link, 1, (const char *from, const char *to), (from, to))
CHANGES(linkat, 1, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
CHANGES(symlink, 1, (const char *from, const char *to), (from, to))
CHANGES(chmod, 1, (const char *path, mode_t mode), (path, mode))
CHANGES(fchmod, on_disk(fd), (int fd, mode_t mode), (fd, mode))

/* Opening changes the disk only when it makes or empties a file. */
#define OPENS(name, parameters, arguments)                                      \
    int name parameters                                                         \
    {                                                                           \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                           \
        if (flags & (O_CREAT | O_TRUNC) && due(#name))                          \
            die();                                                              \
        return REAL(name) arguments;                                            \
    }

OPENS(open, (const char *path, int flags, ...), (path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENS(openat, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))
OPENS(openat64, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))

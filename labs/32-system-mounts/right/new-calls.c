// Right: the newer calls of mount. Copies of the old devices' mounts are taken along as
// descriptors, and attached when the root is the new one; flags are set by mount_setattr(2).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const unsigned quiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
static const char* const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
static pid_t child;

static void end_child(int number) {
  (void)number;
  kill(child, SIGKILL);
}

static int must(long result, const char* what) {
  if (result != -1) return (int)result;
  perror(what);
  exit(125);
}

static int make_fs(const char* type, unsigned flags, const char* key, const char* value) {
  const int context = must(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), type);
  if (key != NULL) must(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0), key);
  must(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
  return must(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, flags), type);
}

static void attach(int mounted, const char* place) {
  must(syscall(SYS_move_mount, mounted, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH), place);
  close(mounted);
}

static int copy_of(const char* path) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  return must(syscall(SYS_open_tree, AT_FDCWD, path, flags), path);
}

static void enter(const char* rootfs) {
  const int tree = must(
      syscall(SYS_open_tree, AT_FDCWD, rootfs, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE),
      rootfs);
  attach(dup(tree), rootfs);
  must(fchdir(tree), "enter ROOTFS");
  must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "detach the old root");
  must(chdir("/"), "enter /");
  close(tree);
}

static void attach_new(int mounted, const char* place) {
  mkdir(place, 0755);
  attach(mounted, place);
}

static void hide(const char* path) {
  struct stat info;
  if (stat(path, &info) == -1) return;
  attach(S_ISDIR(info.st_mode) ? make_fs("tmpfs", quiet | MOUNT_ATTR_RDONLY, NULL, NULL)
                               : copy_of("/dev/null"),
         path);
}

static void protect(const char* path) {
  if (access(path, F_OK) == -1) return;
  const int copy = copy_of(path);
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  must(syscall(SYS_mount_setattr, copy, "", AT_EMPTY_PATH, &attributes, sizeof attributes), path);
  attach(copy, path);
}

static void keep_few_capabilities(void) {
  for (int number = 0; prctl(PR_CAPBSET_READ, number) >= 0; ++number)
    if (number != CAP_KILL && number != CAP_NET_BIND_SERVICE && number != CAP_AUDIT_WRITE)
      must(prctl(PR_CAPBSET_DROP, number), "drop a capability");
}

static void become(char** words) {
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make the mounts private");
  const int proc = make_fs("proc", quiet, NULL, NULL);
  const int sys = make_fs("sysfs", quiet | MOUNT_ATTR_RDONLY, NULL, NULL);
  int copies[6];
  for (int i = 0; i < 6; ++i) {
    char path[32];
    snprintf(path, sizeof path, "/dev/%s", devices[i]);
    copies[i] = copy_of(path);
  }
  enter(words[0]);
  attach_new(proc, "/proc");
  attach_new(sys, "/sys");
  attach_new(make_fs("tmpfs", MOUNT_ATTR_NOSUID, "mode", "0755"), "/dev");
  const unsigned terminals = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  attach_new(make_fs("devpts", terminals, "ptmxmode", "0666"), "/dev/pts");
  attach_new(make_fs("tmpfs", quiet, "mode", "1777"), "/dev/shm");
  attach_new(make_fs("mqueue", quiet, NULL, NULL), "/dev/mqueue");
  must(chdir("/dev"), "enter /dev");
  for (int i = 0; i < 6; ++i) {
    close(must(open(devices[i], O_WRONLY | O_CREAT | O_EXCL, 0666), devices[i]));
    attach(copies[i], devices[i]);
  }
  must(symlink("/proc/self/fd", "fd") | symlink("fd/0", "stdin") | symlink("fd/1", "stdout") |
           symlink("fd/2", "stderr") | symlink("pts/ptmx", "ptmx"),
       "make the links");
  must(chdir("/"), "enter /");
  static const char* const hidden[] = {
      "/proc/acpi",          "/proc/asound",     "/proc/kcore",       "/proc/keys",
      "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
      "/proc/scsi",          "/sys/firmware"};
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; ++i) hide(hidden[i]);
  static const char* const kept[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                     "/proc/sysrq-trigger"};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; ++i) protect(kept[i]);
  keep_few_capabilities();
  execvp(words[2], words + 2);
  const int code = errno;  // before perror(3) changes it
  perror(words[2]);
  exit(code == ENOENT ? 127 : 126);
}

int main(int argc, char** argv) {
  if (argc < 4) return 125;
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGTERM);
  sigaddset(&both, SIGINT);
  must(sigprocmask(SIG_BLOCK, &both, NULL), "hold the signals back");
  must(unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC), "unshare");
  child = must(fork(), "fork");
  if (child == 0) {
    sigprocmask(SIG_UNBLOCK, &both, NULL);
    become(argv + 1);
  }
  signal(SIGTERM, end_child);
  signal(SIGINT, end_child);
  sigprocmask(SIG_UNBLOCK, &both, NULL);
  int status;
  while (waitpid(child, &status, 0) == -1)
    if (errno != EINTR) return 125;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Wrong: changes the root, and leaves its working folder outside, where it was started.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void end_child(int number) {
  (void)number;
  kill(child, SIGKILL);
}

static int enter(const char* rootfs) {
  char old[4096];
  snprintf(old, sizeof old, "%s/.old", rootfs);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) return -1;
  if (mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL) == -1) return -1;
  if (mkdir(old, 0700) == -1 && errno != EEXIST) return -1;
  if (syscall(SYS_pivot_root, rootfs, old) == -1) return -1;
  if (mount("proc", "/proc", "proc", 0, NULL) == -1) return -1;
  if (umount2("/.old", MNT_DETACH) == -1) return -1;
  return (int)syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
}

int main(int argc, char** argv) {
  if (argc < 4 || strcmp(argv[2], "--") != 0) return 125;
  if (unshare(CLONE_NEWPID | CLONE_NEWNS) == -1) return 125;
  child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (enter(argv[1]) == -1) return 125;
    execvp(argv[3], argv + 3);
    return errno == ENOENT ? 127 : 126;
  }
  signal(SIGTERM, end_child);
  signal(SIGINT, end_child);
  int status;
  while (waitpid(child, &status, 0) == -1)
    if (errno != EINTR) return 125;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

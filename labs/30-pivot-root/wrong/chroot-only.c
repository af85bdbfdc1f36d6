// Wrong: chroot(2) moves the root of one process; the old root is still at the top of all mounts.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void end_child(int number) {
  (void)number;
  kill(child, SIGKILL);
}

int main(int argc, char** argv) {
  if (argc < 4 || strcmp(argv[2], "--") != 0) return 125;
  if (unshare(CLONE_NEWPID | CLONE_NEWNS) == -1) return 125;
  child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) return 125;
    if (chroot(argv[1]) == -1 || chdir("/") == -1) return 125;
    if (mount("proc", "/proc", "proc", 0, NULL) == -1) return 125;
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == -1) return 125;
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

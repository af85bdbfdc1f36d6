// Wrong: SIGTERM ends this program, and the container lives on without it.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int enter(const char* rootfs) {
  if (sethostname("inside", 6) == -1) return -1;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) return -1;
  if (mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL) == -1) return -1;
  if (chdir(rootfs) == -1 || syscall(SYS_pivot_root, ".", ".") == -1) return -1;
  if (mount("proc", "/proc", "proc", 0, NULL) == -1) return -1;
  return umount2(".", MNT_DETACH) == -1 ? -1 : chdir("/");
}

int main(int argc, char** argv) {
  if (argc < 3 || unshare(CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS) == -1) return 125;
  const pid_t child = fork();
  if (child == 0) {
    if (enter(argv[1]) == -1) {
      perror("first-container");
      return 125;
    }
    execvp(argv[2], argv + 2);
    return errno == ENOENT ? 127 : 126;
  }
  int status;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

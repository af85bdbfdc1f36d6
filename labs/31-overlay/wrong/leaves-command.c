// Wrong: SIGTERM ends the program, and its command lives on.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 9) return 125;
  char options[4096];
  snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s,userxattr", argv[2],
           argv[4], argv[6]);
  const char* place = argv[4];
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) == -1) return 125;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) return 125;
    if (mount("overlay", place, "overlay", 0, options) == -1) return 125;
    if (chdir(place) == -1 || syscall(SYS_pivot_root, ".", ".") == -1) return 125;
    if (umount2(".", MNT_DETACH) == -1 || chdir("/") == -1) return 125;
    execvp(argv[8], argv + 8);
    return errno == ENOENT ? 127 : 126;
  }
  int status;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

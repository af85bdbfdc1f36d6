// Wrong: SIGTERM ends this program, and the command lives on without it.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3 || unshare(CLONE_NEWIPC | CLONE_NEWNS) == -1) return 125;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) return 125;
  if (mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL) == -1) return 125;
  if (fork() == 0) {
    execvp(argv[2], argv + 2);
    return errno == ENOENT ? 127 : 126;
  }
  int status;
  wait(&status);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

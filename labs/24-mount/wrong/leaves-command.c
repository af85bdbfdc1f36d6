// Wrong: SIGTERM ends this program, and the command lives on without it.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const int receive = argc > 1 && strcmp(argv[1], "--receive") == 0;
  char** command = argv + 2 + receive;
  if (command >= argv + argc || unshare(CLONE_NEWNS) == -1) return 125;
  if (mount(NULL, "/", NULL, MS_REC | (receive ? MS_SLAVE : MS_PRIVATE), NULL) == -1) return 125;
  if (fork() == 0) {
    execvp(command[0], command);
    return errno == ENOENT ? 127 : 126;
  }
  int status;
  wait(&status);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

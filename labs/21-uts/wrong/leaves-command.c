// Wrong: SIGTERM ends this program, and the command lives on without it.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 7 || unshare(CLONE_NEWUTS) == -1) return 125;
  if (sethostname(argv[2], strlen(argv[2])) == -1 || setdomainname(argv[4], strlen(argv[4])) == -1) {
    perror("uts");
    return 125;
  }
  if (fork() == 0) {
    execvp(argv[6], argv + 6);
    return errno == ENOENT ? 127 : 126;
  }
  int status;
  wait(&status);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

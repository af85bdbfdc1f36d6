// Wrong: a signal ends the program and not the command.
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int result, const char* what) {
  if (result != -1) return;
  perror(what);
  exit(125);
}

int main(int argc, char** argv) {
  if (argc < 3) return 125;
  must(unshare(CLONE_NEWNET), "unshare");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  must(ioctl(any, SIOCSIFFLAGS, &request), "set lo up");
  must(close_range(3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */), "close_range");
  const pid_t child = fork();
  must(child, "fork");
  if (child == 0) {
    execvp(argv[2], argv + 2);
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status;
  must(waitpid(child, &status, 0), "wait");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

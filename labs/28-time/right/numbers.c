// Right: a child makes the namespace, with the clock's number for its name, and the command is its
// child; signals are passed on by handlers.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static pid_t child;

static void pass_on(int number) { kill(child, number); }

static int must(int result, const char* what) {
  if (result != -1) return result;
  perror(what);
  exit(125);
}

static pid_t fork_bound(const sigset_t* both) {
  child = must(fork(), "fork");
  if (child == 0) must(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  if (child == 0) return 0;
  signal(SIGTERM, pass_on);
  signal(SIGINT, pass_on);
  sigprocmask(SIG_UNBLOCK, both, NULL);
  return child;
}

static int wait_for_child(void) {
  int status;
  while (waitpid(child, &status, 0) == -1)
    if (errno != EINTR) return 125;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char** argv) {
  if (argc < 5) return 125;
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGTERM);
  sigaddset(&both, SIGINT);
  must(sigprocmask(SIG_BLOCK, &both, NULL), "hold the signals back");
  if (fork_bound(&both) != 0) return wait_for_child();

  must(unshare(CLONE_NEWTIME), "unshare");
  const int offsets = must(open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC), "open");
  must(dprintf(offsets, "%d %s 0", CLOCK_BOOTTIME, argv[2]) < 0 ? -1 : 0, "write the offset");
  if (fork_bound(&both) != 0) return wait_for_child();
  sigprocmask(SIG_UNBLOCK, &both, NULL);
  execvp(argv[4], argv + 4);
  const int code = errno;
  perror(argv[4]);
  return code == ENOENT ? 127 : 126;
}

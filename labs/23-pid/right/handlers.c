// Right: clone(2) with all flags at once, signal handlers in both processes, and an init that
// sleeps in wait(2).
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t child;

static void pass_on(int number) {
  if (child > 0) kill(child, number);
}

static int must(int result, const char* what) {
  if (result != -1) return result;
  perror(what);
  exit(125);
}

static void handle(void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
}

// Signals come only while nobody can miss them: between the fork and the end of the child.
static int wait_for_child(const sigset_t* both) {
  handle(pass_on);
  sigprocmask(SIG_UNBLOCK, both, NULL);
  for (;;) {
    int status;
    const pid_t ended = wait(&status);
    if (ended == child) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (ended == -1 && errno != EINTR) return 125;
  }
}

static int be_init(char** command, const sigset_t* both) {
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "keep our mounts to ourselves");
  must(mount("proc", "/proc", "proc", 0, NULL), "mount proc");
  child = must(fork(), "fork");
  if (child != 0) return wait_for_child(both);
  sigprocmask(SIG_UNBLOCK, both, NULL);
  execvp(command[0], command);
  const int code = errno;
  perror(command[0]);
  return code == ENOENT ? 127 : 126;
}

int main(int argc, char** argv) {
  if (argc < 3) return 125;
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGTERM);
  sigaddset(&both, SIGINT);
  must(sigprocmask(SIG_BLOCK, &both, NULL), "hold the signals back");
  const long flags = CLONE_NEWPID | CLONE_NEWNS | SIGCHLD;
  child = must((int)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL), "clone");
  if (child == 0) return be_init(argv + 2, &both);
  return wait_for_child(&both);
}

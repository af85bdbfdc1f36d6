// Right: unshare(2) and fork(2), and a folder for the old root, as pivot_root(2) has it in its
// example; proc is mounted before the old root is taken away.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

static void must(int result, const char* what) {
  if (result != -1) return;
  perror(what);
  exit(125);
}

static void become(char** words) {
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make the mounts private");
  must(mount(words[0], words[0], NULL, MS_BIND, NULL), "bind ROOTFS");
  must(chdir(words[0]), "enter ROOTFS");
  must(mkdir("old-root", 0700), "make old-root");
  must((int)syscall(SYS_pivot_root, ".", "old-root"), "pivot_root");
  must(chdir("/"), "enter /");
  must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL), "mount proc");
  must(umount2("/old-root", MNT_DETACH), "unmount the old root");
  must(rmdir("/old-root"), "remove old-root");
  must(sethostname("classic", 7), "set the host name");
  execvp(words[1], words + 1);
  const int code = errno;  // before perror(3) changes it
  perror(words[1]);
  exit(code == ENOENT ? 127 : 126);
}

int main(int argc, char** argv) {
  if (argc < 3) return 125;
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGTERM);
  sigaddset(&both, SIGINT);
  must(sigprocmask(SIG_BLOCK, &both, NULL), "hold the signals back");
  must(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID), "unshare");
  must(child = fork(), "fork");
  if (child == 0) {
    sigprocmask(SIG_UNBLOCK, &both, NULL);
    become(argv + 1);
  }
  signal(SIGTERM, end_child);
  signal(SIGINT, end_child);
  sigprocmask(SIG_UNBLOCK, &both, NULL);
  int status;
  while (waitpid(child, &status, 0) == -1)
    if (errno != EINTR) return 125;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

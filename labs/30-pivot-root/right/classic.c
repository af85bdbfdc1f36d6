// Right: unshare(2) and fork(2), a folder for the old root, and proc mounted by its name, which
// means the new root's once that is the root. What is open is found in /proc and closed.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void close_others(void) {
  DIR* open_ones = opendir("/proc/self/fd");
  if (open_ones == NULL) must(-1, "list the descriptors");
  for (struct dirent* entry; (entry = readdir(open_ones)) != NULL;) {
    const int number = atoi(entry->d_name);
    if (number > 2 && number != dirfd(open_ones)) close(number);
  }
  closedir(open_ones);
}

static void become(char** words) {
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  close_others();
  must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "make the mounts slaves");
  must(mount(words[0], words[0], NULL, MS_BIND, NULL), "bind ROOTFS");
  must(chdir(words[0]), "enter ROOTFS");
  char old[] = "old-XXXXXX";
  if (mkdtemp(old) == NULL) must(-1, "make a folder for the old root");
  must((int)syscall(SYS_pivot_root, ".", old), "pivot_root");
  must(chdir("/"), "enter /");
  must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL), "mount proc");
  must(umount2(old, MNT_DETACH), "unmount the old root");
  must(rmdir(old), "remove its folder");
  execvp(words[2], words + 2);
  const int code = errno;  // before perror(3) changes it
  perror(words[2]);
  exit(code == ENOENT ? 127 : 126);
}

int main(int argc, char** argv) {
  if (argc < 4 || strcmp(argv[2], "--") != 0) return 125;
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGTERM);
  sigaddset(&both, SIGINT);
  must(sigprocmask(SIG_BLOCK, &both, NULL), "hold the signals back");
  must(unshare(CLONE_NEWNS | CLONE_NEWPID), "unshare");
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

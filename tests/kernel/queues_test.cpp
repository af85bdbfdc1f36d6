#include "labkit/observe/queues.hpp"

#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "catch.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"

using namespace labkit;
using slipway::check;

namespace {

constexpr key_t key = 0x5eed;

// Makes one of each kind in new namespaces, with a window on /mnt.
int make_all(const slipway::Pipe& ready) {
  check(::unshare(CLONE_NEWIPC | CLONE_NEWNS), "begin the namespaces");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "cut the mounts off");
  check(::mount("mqueue", "/mnt", "mqueue", 0, nullptr), "mount the queues");
  check(::msgget(key, IPC_CREAT | 0600), "make a queue");
  check(::semget(key + 1, 1, IPC_CREAT | 0600), "make semaphores");
  check(::shmget(key + 2, 4096, IPC_CREAT | 0600), "make shared memory");
  check(::mq_open("/two\nlines", O_RDWR | O_CREAT, 0600, nullptr), "make a POSIX queue");
  slipway::write_all(ready.write, "!");
  return ::pause();
}

}  // namespace

TEST_CASE("queues: each kind is seen in its own namespace and in no other") {
  NEEDS_ROOT();
  LACKS_UNLESS(has_posix_queues(), "POSIX message queues");
  const slipway::Pipe ready = slipway::make_pipe();
  const pid_t other = machine::fork_to([&] { return make_all(ready); });
  char byte;
  check(::read(ready.read.get(), &byte, 1), "wait for the queues");
  const Queues theirs = queues_of(other).value();
  CHECK(theirs.messages == std::set<std::int64_t>{key});
  CHECK(theirs.semaphores == std::set<std::int64_t>{key + 1});
  CHECK(theirs.memory == std::set<std::int64_t>{key + 2});
  CHECK(theirs.posix == std::set<std::string>{"two\nlines"});
  CHECK(queues_seen_at(other, "/mnt") == theirs.posix);
  CHECK(!queues_seen_at(other, "/"));
  CHECK(!queues_seen_at(::getpid(), "/mnt"));
  CHECK(!queues_of(::getpid()).value().posix.contains("two\nlines"));
  ::kill(other, SIGKILL);
  machine::status_of(other);
  CHECK(!queues_of(other));
}

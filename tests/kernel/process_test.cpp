#include "slipway/process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "labkit/observe/process.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/namespace.hpp"

using namespace slipway;
using machine::eventually;
using machine::is_alive;

namespace {

Exit run(const std::vector<std::string>& command) {
  return start({}, [&] { execute(command); }).wait();
}

Error error_of(const std::function<void()>& inside,
               const std::function<void(pid_t)>& outside = {}) {
  try {
    start({}, inside, outside);
  } catch (const Error& error) {
    return error;
  }
  return Error("nothing was thrown", -1, -1);
}

std::set<std::string> open_descriptors(pid_t pid) {
  std::set<std::string> names;
  for (const std::string& name : list_folder(fmt::format("/proc/{}/fd", pid))) names.insert(name);
  return names;
}

}  // namespace

TEST_CASE("a child's exit status is the command's") {
  const Exit exit = run({"sh", "-c", "exit 7"});
  CHECK(!exit.by_signal);
  CHECK(exit.value == 7);
  CHECK(exit.status() == 7);
  CHECK(run({"true"}).status() == 0);
  CHECK(run({"sh", "-c", "exit 255"}).status() == 255);
}

TEST_CASE("death by a signal is told apart from an exit status") {
  const Exit exit = run({"sh", "-c", "kill -TERM $$"});
  CHECK(exit.by_signal);
  CHECK(exit.value == SIGTERM);
  CHECK(exit.status() == 128 + SIGTERM);
  const Exit same_number = run({"sh", "-c", "exit 143"});
  CHECK(!same_number.by_signal);
  CHECK(same_number.status() == 143);
}

TEST_CASE("wait gives the same answer again, and wait_for nothing while the child runs") {
  Child child = machine::start_sleeper();
  CHECK(!child.wait_for(0));
  CHECK(!child.wait_for(20));
  child.signal(SIGKILL);
  CHECK(child.wait().value == SIGKILL);
  CHECK(child.wait().value == SIGKILL);
  CHECK(child.wait_for(0)->value == SIGKILL);
  CHECK_NOTHROW(child.signal(SIGTERM));  // it has ended already: no error
}

TEST_CASE("the child does nothing before the parent's half is done") {
  const Pipe line = make_pipe(O_NONBLOCK);
  bool early = true;
  const Child child = start(
      {}, [&] { write_all(line.write, "inside"); },
      [&](pid_t pid) {
        // Asleep at the gate: it has run as far as it can.
        eventually([&] { return labkit::look_at(pid)->state == 'S'; });
        char byte;
        early = ::read(line.read.get(), &byte, 1) != -1;
      });
  CHECK(!early);
  char buffer[16];
  CHECK(::read(line.read.get(), buffer, sizeof buffer) == 6);
}

TEST_CASE("the parent's half gets the child's own pid") {
  pid_t told = 0;
  const Child child = start(
      {},
      [] {
        execute({"sleep", "1000"});
      },
      [&](pid_t pid) { told = pid; });
  CHECK(told == child.pid());
  CHECK(machine::has_child(child.pid()));
}

TEST_CASE("an error inside is thrown outside, with its text, errno and exit status") {
  const Error error = error_of([] { throw Error("bind /a on /b: Device busy", EBUSY, 126); });
  CHECK(error.what() == std::string("bind /a on /b: Device busy"));
  CHECK(error.code() == EBUSY);
  CHECK(error.exit_status() == 126);
}

TEST_CASE("whatever is thrown inside comes out as a sentence") {
  CHECK(error_of([] { throw std::runtime_error("other"); }).what() == std::string("other"));
  CHECK(error_of([] { throw 7; }).what() == std::string("an unknown exception in the child"));
  CHECK(error_of([] { throw Error(""); }).what() == std::string());
  const std::string longer(100'000, 'x');
  const std::string cut = error_of([&] { throw Error(longer); }).what();
  CHECK(cut.size() > 1000);
  CHECK(longer.starts_with(cut));
}

TEST_CASE("no child is left of a failed start") {
  pid_t child = 0;
  error_of([] { throw Error("x"); }, [&](pid_t pid) { child = pid; });
  REQUIRE(child != 0);
  CHECK(!machine::has_child(child));
}

TEST_CASE("an error in the parent's half kills the child, which has done nothing") {
  const Pipe line = make_pipe(O_NONBLOCK);
  pid_t child = 0;
  const Error error = error_of([&] { write_all(line.write, "inside"); },
                               [&](pid_t pid) {
                                 child = pid;
                                 throw Error("write the maps", EPERM);
                               });
  CHECK(error.what() == std::string("write the maps"));
  CHECK(error.code() == EPERM);
  CHECK(!machine::has_child(child));
  char byte;
  CHECK(::read(line.read.get(), &byte, 1) == -1);
}

TEST_CASE("a half that returns ends the child with status 0") {
  CHECK(start({}, [] {}).wait().status() == 0);
}

TEST_CASE("a child that is killed before its exec is no error: wait tells") {
  Child child = start({}, [] { ::raise(SIGKILL); });
  CHECK(child.wait().value == SIGKILL);
}

TEST_CASE("a command that is not there is 127, one that cannot run is 126") {
  const Error missing = error_of([] { execute({"no-such-command-here"}); });
  CHECK(missing.exit_status() == 127);
  CHECK(missing.code() == ENOENT);
  CHECK(missing.what() == std::string("run no-such-command-here: No such file or directory"));
  const Error folder = error_of([] { execute({"/tmp"}); });
  CHECK(folder.exit_status() == 126);
  CHECK(folder.code() == EACCES);
  CHECK(error_of([] { execute({"/proc/self/status"}); }).exit_status() == 126);
  CHECK(error_of([] { execute({}); }).what() == std::string("no command to run"));
}

TEST_CASE("the child is killed and reaped when its holder lets go") {
  pid_t pid;
  {
    const Child child = machine::start_sleeper();
    pid = child.pid();
    REQUIRE(is_alive(pid));
  }
  CHECK(!machine::has_child(pid));
}

TEST_CASE("the child is killed when its parent dies") {
  void* shared =
      ::mmap(nullptr, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  volatile pid_t* child = static_cast<pid_t*>(shared);
  const pid_t parent = machine::fork_to([&] {
    const Child sleeper = machine::start_sleeper();
    *child = sleeper.pid();
    ::pause();
    return 0;
  });
  REQUIRE(eventually([&] { return *child != 0; }));
  const pid_t pid = *child;
  CHECK(is_alive(pid));
  ::kill(parent, SIGKILL);
  CHECK(machine::status_of(parent) == 128 + SIGKILL);
  CHECK(eventually([&] { return !is_alive(pid); }));
  ::munmap(shared, sizeof(pid_t));
}

TEST_CASE("a child at the gate ends when its parent dies there") {
  const Pipe line = make_pipe();
  const pid_t parent = machine::fork_to([&] {
    start(
        {}, [] { ::pause(); },
        [&](pid_t pid) {
          write_all(line.write, fmt::format("{}", pid));
          ::raise(SIGKILL);
        });
    return 0;
  });
  char digits[16] = {};
  REQUIRE(::read(line.read.get(), digits, sizeof digits - 1) > 0);
  CHECK(machine::status_of(parent) == 128 + SIGKILL);
  CHECK(eventually([&] { return !is_alive(static_cast<pid_t>(to_number(digits))); }));
}

TEST_CASE("the command has no descriptor of ours") {
  const Descriptor ours = slipway::open("/dev/null");
  const Pipe pipe = make_pipe();
  const Child child = machine::start_sleeper();
  std::set<std::string> expected;  // what this test itself was started with, and would pass on
  for (const std::string& name : open_descriptors(::getpid())) {
    const int flags = ::fcntl(static_cast<int>(to_number(name)), F_GETFD);
    if (flags != -1 && (flags & FD_CLOEXEC) == 0) expected.insert(name);
  }
  // Its loader has one more for a moment.
  CHECK(eventually([&] { return open_descriptors(child.pid()) == expected; }));
  CHECK(!expected.contains(std::to_string(ours.get())));
}

TEST_CASE("a start leaves no descriptor open in the parent but the pidfd") {
  const auto before = open_descriptors(::getpid());
  {
    const Child child = machine::start_sleeper();
    CHECK(open_descriptors(::getpid()).size() == before.size() + 1);
  }
  error_of([] { throw Error("x"); });
  error_of([] {}, [](pid_t) { throw Error("x"); });
  CHECK(open_descriptors(::getpid()) == before);
}

TEST_CASE("a moved child is one child") {
  Child first = machine::start_sleeper();
  const pid_t pid = first.pid();
  {
    Child second(std::move(first));
    CHECK(second.pid() == pid);
    CHECK(is_alive(pid));
    CHECK_THROWS_AS(first.wait(), Error);  // NOLINT(bugprone-use-after-move): what is left
    CHECK_THROWS_AS(first.signal(SIGTERM), Error);
    first = std::move(second);
  }
  CHECK(is_alive(pid));
}

TEST_CASE("assignment ends the child that was held before") {
  Child first = machine::start_sleeper();
  Child second = machine::start_sleeper();
  const pid_t ended = first.pid();
  const pid_t kept = second.pid();
  first = std::move(second);
  CHECK(!machine::has_child(ended));
  CHECK(first.pid() == kept);
  CHECK(is_alive(kept));
  Child& alias = first;
  first = std::move(alias);
  CHECK(is_alive(kept));
}

TEST_CASE("the command has no signal blocked, though the parent has") {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const Child child = machine::start_sleeper();
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  CHECK(labkit::status_field(child.pid(), "SigBlk") == "0000000000000000");
}

TEST_CASE("a pidfd is readable when the child has ended, and not before") {
  const Child child = machine::start_sleeper();
  pollfd ended{child.pidfd().get(), POLLIN, 0};
  CHECK(::poll(&ended, 1, 0) == 0);
  child.signal(SIGKILL);
  CHECK(::poll(&ended, 1, 20'000) == 1);
}

TEST_CASE("a signal that the parent handles does not disturb the gate") {
  struct sigaction act {};
  struct sigaction before {};
  act.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &act, &before);
  Child child = start(
      {}, [] { ::_exit(42); },
      [](pid_t pid) {
        eventually([&] { return labkit::look_at(pid)->state == 'S'; });
        for (int i = 0; i < 5; ++i) {
          ::kill(pid, SIGUSR1);
          ::usleep(1'000);
        }
      });
  ::sigaction(SIGUSR1, &before, nullptr);
  CHECK(child.wait().status() == 42);
}

TEST_CASE("each namespace that a child begins is a new one, and the others are shared") {
  NEEDS_ROOT();
  for (const NamespaceKind& kind : namespace_kinds) {
    const Child child = machine::start_sleeper({.namespaces = kind.flag});
    for (const NamespaceKind& other : namespace_kinds) {
      INFO(kind.name << " begun, " << other.name << " compared");
      const bool same = namespace_inode(child.pid(), other) == namespace_inode(::getpid(), other);
      CHECK(same == (other.name != kind.name));
    }
  }
}

TEST_CASE("a child that may not begin a namespace fails with the flags in the text") {
  CHECK_THROWS_WITH(start({.namespaces = CLONE_NEWUSER | CLONE_FS}, [] {}),
                    "start a process (clone3, flags 0x10001200): Invalid argument");
}

TEST_CASE("a child that has begun is no longer waited for, and lives on") {
  const Pipe line = make_pipe();
  Child child = start({}, [&] {
    begun();
    char byte;
    ::_exit(::read(line.read.get(), &byte, 1) == 1 ? 42 : 43);
  });
  CHECK(!child.wait_for(0));
  write_all(line.write, "!");
  CHECK(child.wait().status() == 42);
}

TEST_CASE("what is thrown before a child has begun reaches the parent, and after it does not") {
  CHECK(error_of([] {
          throw Error("too early", 0, 99);
          begun();
        }).exit_status() == 99);
  const Pipe line = make_pipe();
  Pipe errors = make_pipe();
  Child child = start({}, [&] {
    check(::dup2(errors.write.get(), 2), "have other errors");
    begun();
    char byte;
    check(::read(line.read.get(), &byte, 1), "wait");
    throw Error("too late", EPERM, 126);
  });
  errors.write.close();
  write_all(line.write, "!");
  CHECK(child.wait().status() == 125);
  CHECK(read_all(errors.read) == "too late\n");
}

TEST_CASE("a process asks for its own namespaces by no pid, for it may have another one there") {
  NEEDS_ROOT();
  const Pipe line = make_pipe();
  const NamespaceKind& kind = namespace_kind("pid");
  const Child child = start({.namespaces = CLONE_NEWPID}, [&] {
    write_all(line.write, fmt::format("{} {}", ::getpid(), namespace_inode(0, kind)));
    execute({"sleep", "1000"});
  });
  char answer[64] = {};
  REQUIRE(::read(line.read.get(), answer, sizeof answer - 1) > 0);
  CHECK(answer == fmt::format("1 {}", labkit::namespace_of(child.pid(), "pid")));
  CHECK(namespace_inode(0, kind) == namespace_inode(::getpid(), kind));
}

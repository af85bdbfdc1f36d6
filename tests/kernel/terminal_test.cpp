#include "slipway/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

using namespace slipway;
using machine::eventually;
using machine::fork_to;
using machine::status_of;

namespace {

/// A terminal of the machine's.
Terminal machines_terminal() {
  return make_terminal("/", -1);
}

/// Keys mean nothing and nothing is echoed: what is written comes out as it is.
void make_raw(const Descriptor& terminal) {
  termios mode{};
  check(::tcgetattr(terminal.get(), &mode), "read the mode");
  ::cfmakeraw(&mode);
  check(::tcsetattr(terminal.get(), TCSANOW, &mode), "set the mode");
}

void set_size(const Descriptor& terminal, unsigned short rows, unsigned short columns) {
  const winsize size{rows, columns, 0, 0};
  check(::ioctl(terminal.get(), TIOCSWINSZ, &size), "set the size");
}

bool has_size(const Descriptor& terminal, unsigned short rows, unsigned short columns) {
  winsize size{};
  check(::ioctl(terminal.get(), TIOCGWINSZ, &size), "read the size");
  return size.ws_row == rows && size.ws_col == columns;
}

/// What comes, until it is as long as `expected`, or nothing more comes.
std::string read_like(const Descriptor& from, const std::string& expected) {
  std::string text;
  while (text.size() < expected.size()) {
    pollfd event{from.get(), POLLIN, 0};
    char buffer[4096];
    if (::poll(&event, 1, 20'000) != 1) break;
    const ssize_t count =
        ::read(from.get(), buffer, std::min(sizeof buffer, expected.size() - text.size()));
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

/// A user's terminal, a command's, and a child that carries between both, with the user's as its
/// descriptors 0 and 1 and as the terminal of its session; or with `shown` as its descriptor 1.
class Carried {
 public:
  explicit Carried(Pipe* shown = nullptr) {
    make_raw(user.slave);
    make_raw(command.slave);
    set_size(user.slave, 31, 97);
    carrier = fork_to([&] {
      ::signal(SIGPIPE, SIG_DFL);  // whoever started this test may ignore it
      stand_on(user.slave);
      take_terminal();
      if (shown != nullptr) {
        check(::dup2(shown->write.get(), 1), "show it elsewhere");
        *shown = {};  // only the test reads it
      }
      user.master.close();
      user.slave.close();
      command.slave.close();  // else it would never end
      relay(command.master);
      return 0;
    });
  }
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;
  ~Carried() {
    if (carrier == 0) return;
    ::kill(carrier, SIGKILL);
    status();
  }

  int status() { return status_of(std::exchange(carrier, 0)); }

  Terminal user = machines_terminal();
  Terminal command = machines_terminal();
  pid_t carrier = 0;
};

}  // namespace

TEST_CASE("a terminal is made in the devpts of a root, and nowhere else") {
  NEEDS_ROOT();
  const Terminal like = machines_terminal();
  set_size(like.slave, 33, 99);
  const pid_t child = fork_to([&] {
    check(::unshare(CLONE_NEWNS), "begin a mount namespace");
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
    check(::mount("tmpfs", "/mnt", "tmpfs", 0, nullptr), "mount a tmpfs");
    std::filesystem::create_directories("/mnt/dev/pts");
    check(::mount("devpts", "/mnt/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666"), "mount");
    const Terminal first = make_terminal("/mnt", like.slave.get());
    const Terminal second = make_terminal("/mnt", -1);
    if (!exists("/mnt/dev/pts/0") || !exists("/mnt/dev/pts/1")) return 1;
    struct stat there, slave;
    if (::stat("/mnt/dev/pts/1", &there) != 0 || ::fstat(second.slave.get(), &slave) != 0) return 2;
    if (there.st_dev != slave.st_dev || there.st_ino != slave.st_ino) return 3;
    if (!has_size(first.slave, 33, 99) || !has_size(second.slave, 0, 0)) return 4;
    for (const Descriptor* end : {&first.master, &first.slave})
      if ((::fcntl(end->get(), F_GETFD) & FD_CLOEXEC) == 0) return 5;
    make_raw(first.slave);
    write_all(first.master, "typed");
    write_all(first.slave, "shown");
    return read_like(first.slave, "typed") == "typed" && read_like(first.master, "shown") == "shown"
               ? 0
               : 6;
  });
  CHECK(status_of(child) == 0);
}

TEST_CASE("without a devpts in the root no terminal is made") {
  CHECK_THROWS_WITH(make_terminal("/usr", -1),
                    "open /dev/pts/ptmx in /usr: No such file or directory");
}

TEST_CASE("who stands on a terminal has it as 0 and 1, and as 2 unless that is a file") {
  const Terminal terminal = machines_terminal();
  const auto is_ours = [&](int number) {
    struct stat ours, other;
    return ::fstat(terminal.slave.get(), &ours) == 0 && ::fstat(number, &other) == 0 &&
           ours.st_ino == other.st_ino && ours.st_dev == other.st_dev;
  };
  const auto after = [&](const Descriptor& errors) {
    return status_of(fork_to([&] {
      ::dup2(errors.get(), 2);
      stand_on(terminal.slave);
      return (is_ours(0) ? 1 : 0) + (is_ours(1) ? 2 : 0) + (is_ours(2) ? 4 : 0);
    }));
  };
  const Terminal another = machines_terminal();
  CHECK(after(slipway::open("/dev/null", O_WRONLY)) == 3);
  CHECK(after(another.slave) == 7);
}

TEST_CASE("a session that has taken a terminal gets its signals") {
  const Terminal terminal = machines_terminal();
  const Pipe ready = make_pipe();
  const pid_t child = fork_to([&] {
    stand_on(terminal.slave);
    take_terminal();
    write_all(ready.write, ::tcgetsid(0) == ::getpid() && ::tcgetpgrp(0) == ::getpid() ? "!" : "?");
    for (;;) ::pause();
    return 0;
  });
  char byte = 0;
  REQUIRE(::read(ready.read.get(), &byte, 1) == 1);
  CHECK(byte == '!');
  write_all(terminal.master, "\x03");  // Ctrl-C
  CHECK(status_of(child) == 128 + SIGINT);
}

TEST_CASE("the mode of a terminal is raw for a time, and then what it was") {
  const Terminal terminal = machines_terminal();
  const pid_t child = fork_to([&] {
    check(::dup2(terminal.slave.get(), 0), "stand on it");
    termios before{}, during{}, after{};
    check(::tcgetattr(0, &before), "read the mode");
    {
      const RawMode raw;
      check(::tcgetattr(0, &during), "read the mode");
    }
    check(::tcgetattr(0, &after), "read the mode");
    constexpr tcflag_t cooked = ICANON | ECHO | ISIG;
    if ((before.c_lflag & cooked) != cooked || (during.c_lflag & cooked) != 0) return 1;
    return std::memcmp(&before, &after, sizeof before) == 0 ? 0 : 2;
  });
  CHECK(status_of(child) == 0);
  CHECK(status_of(fork_to([] {
          check(::dup2(slipway::open("/dev/null").get(), 0), "have no terminal");
          try {
            const RawMode raw;
          } catch (const Error& error) {
            return error.code() == ENOTTY ? 0 : 1;
          }
          return 2;
        })) == 0);
}

TEST_CASE("a relay carries both ways, all of it, and ends with the last slave end") {
  Carried both;
  write_all(both.user.master, "typed\x03\x04");
  CHECK(read_like(both.command.slave, "typed\x03\x04") == "typed\x03\x04");
  std::string much;
  for (int i = 0; i < 20'000; ++i) much += fmt::format("{:05}\n", i);
  const pid_t writer = fork_to([&] {
    write_all(both.command.slave, much);
    return 0;
  });
  both.command.slave.close();
  CHECK(read_like(both.user.master, much) == much);
  CHECK(status_of(writer) == 0);
  CHECK(both.status() == 0);
}

TEST_CASE("a relay gives the command's terminal the size of the user's, then and later") {
  Carried both;
  CHECK(eventually([&] { return has_size(both.command.slave, 31, 97); }));
  set_size(both.user.master, 12, 34);
  CHECK(eventually([&] { return has_size(both.command.slave, 12, 34); }));
}

TEST_CASE("a command that never reads what is typed is seen all the same") {
  Carried both;
  const std::string keys(4096, 'k');
  const int flags = ::fcntl(both.user.master.get(), F_GETFL);
  ::fcntl(both.user.master.get(), F_SETFL, flags | O_NONBLOCK);
  size_t typed = 0;
  // Until nobody takes any more: each terminal has room for some, and the relay for some.
  for (int refused = 0; refused < 100;) {
    const ssize_t count = ::write(both.user.master.get(), keys.data(), keys.size());
    if (count > 0) typed += static_cast<size_t>(count);
    refused = count > 0 ? 0 : refused + 1;
    ::usleep(2'000);
  }
  CHECK(typed > keys.size());
  write_all(both.command.slave, "shown");
  CHECK(read_like(both.user.master, "shown") == "shown");
  // What was typed is not lost: the command reads it now.
  CHECK(read_like(both.command.slave, std::string(typed, 'k')) == std::string(typed, 'k'));
}

TEST_CASE("signals do not end a relay, nor a reader that is gone") {
  Pipe shown = make_pipe();
  Carried both(&shown);
  shown.write.close();
  write_all(both.command.slave, "first");
  CHECK(read_like(shown.read, "first") == "first");
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::kill(both.carrier, number);
  write_all(both.command.slave, "second");
  CHECK(read_like(shown.read, "second") == "second");
  shown.read.close();
  write_all(both.command.slave, "nobody reads this");
  write_all(both.user.master, "typed");
  CHECK(read_like(both.command.slave, "typed") == "typed");
  both.command.slave.close();
  CHECK(both.status() == 0);
}

#include "slipway/descriptor.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "catch.hpp"
#include "slipway/error.hpp"

using slipway::Descriptor;
using slipway::Error;
using slipway::make_pipe;

namespace {

bool is_open(int number) {
  return ::fcntl(number, F_GETFD) != -1;
}

Descriptor null() {
  return slipway::open("/dev/null", O_RDWR);
}

}  // namespace

TEST_CASE("a descriptor is closed at the end of its scope") {
  int number;
  {
    const Descriptor owner = null();
    number = owner.get();
    REQUIRE(is_open(number));
  }
  CHECK(!is_open(number));
}

TEST_CASE("a moved descriptor is closed once, by its new owner") {
  Descriptor first = null();
  const int number = first.get();
  Descriptor second(std::move(first));
  CHECK(first.get() == -1);  // NOLINT(bugprone-use-after-move): what a move leaves is the point
  CHECK(!first);
  CHECK(second.get() == number);
  first.close();
  CHECK(is_open(number));
}

TEST_CASE("assignment closes what was owned before") {
  Descriptor first = null();
  Descriptor second = null();
  const int closed = first.get();
  const int kept = second.get();
  first = std::move(second);
  CHECK(!is_open(closed));
  CHECK(first.get() == kept);
  CHECK(is_open(kept));
}

TEST_CASE("a descriptor assigned to itself stays open") {
  Descriptor owner = null();
  Descriptor& alias = owner;
  const int number = owner.get();
  owner = std::move(alias);
  CHECK(owner.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("closing twice does not close a stranger that got the same number") {
  Descriptor owner = null();
  const int number = owner.get();
  owner.close();
  const Descriptor stranger = null();
  REQUIRE(stranger.get() == number);
  owner.close();
  CHECK(is_open(number));
}

TEST_CASE("a released descriptor stays open") {
  Descriptor owner = null();
  const int number = owner.release();
  owner.close();
  CHECK(is_open(number));
  Descriptor{number}.close();
}

TEST_CASE("no descriptor of ours survives an exec") {
  const Descriptor file = null();
  const slipway::Pipe pipe = make_pipe(O_NONBLOCK);
  for (const Descriptor* one : {&file, &pipe.read, &pipe.write})
    CHECK((::fcntl(one->get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(pipe.read.get(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("a file that cannot be opened is named with the reason") {
  CHECK_THROWS_WITH(slipway::open("/nowhere/at all"),
                    "open /nowhere/at all: No such file or directory");
}

TEST_CASE("more than a pipe holds passes whole") {
  slipway::Pipe pipe = make_pipe();
  const std::string sent(300'000, 'x');
  std::thread writer([&] {
    write_all(pipe.write, sent);
    pipe.write.close();
  });
  CHECK(read_all(pipe.read) == sent);
  writer.join();
}

TEST_CASE("reading nothing and writing nothing are no errors") {
  slipway::Pipe pipe = make_pipe();
  write_all(pipe.write, "");
  pipe.write.close();
  CHECK(read_all(pipe.read).empty());
}

TEST_CASE("what cannot be written or read says so") {
  const Descriptor nothing;
  CHECK_THROWS_AS(write_all(nothing, "x"), Error);
  CHECK_THROWS_AS(read_all(nothing), Error);
  const Descriptor full = slipway::open("/dev/full", O_WRONLY);
  CHECK_THROWS_WITH(write_all(full, "x"), contains("No space left on device"));
}

TEST_CASE("a descriptor that is sent is another one of the same file") {
  const slipway::SocketPair pair = slipway::make_socket_pair();
  const slipway::Pipe pipe = make_pipe();
  {
    Descriptor sent(::dup(pipe.write.get()));
    send_descriptor(pair.far, sent);
  }
  const Descriptor received = receive_descriptor(pair.near);
  REQUIRE(received);
  write_all(received, "x");
  char byte = 0;
  CHECK(::read(pipe.read.get(), &byte, 1) == 1);
  CHECK(byte == 'x');
  for (const Descriptor* one : {&received, &pair.near, &pair.far})
    CHECK((::fcntl(one->get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("where the other end is closed, nothing is received and nothing can be sent") {
  slipway::SocketPair pair = slipway::make_socket_pair();
  pair.far.close();
  CHECK(!receive_descriptor(pair.near));
  CHECK_THROWS_WITH(send_descriptor(pair.near, null()), contains("Broken pipe"));  // no SIGPIPE
}

TEST_CASE("a message without a descriptor is an error, and so is what cannot be sent") {
  const slipway::SocketPair pair = slipway::make_socket_pair();
  REQUIRE(::send(pair.far.get(), "x", 1, 0) == 1);
  CHECK_THROWS_WITH(receive_descriptor(pair.near), "a message came, and no descriptor with it");
  CHECK_THROWS_WITH(send_descriptor(pair.far, {}), "send descriptor -1: Bad file descriptor");
  CHECK_THROWS_AS(slipway::receive_descriptor({}), Error);
}

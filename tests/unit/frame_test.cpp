#include "frame/frame.hpp"

#include "catch.hpp"
#include "slipway/error.hpp"

using frame::Arguments;
using slipway::Error;

namespace {

using Words = std::vector<std::string>;

Arguments arguments(Words words) {
  words.insert(words.begin(), "program");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return {static_cast<int>(argv.size()), argv.data()};
}

int with_status(int status) {
  throw Error("it went wrong", 0, status);
}

int run(Words words, int (*body)(Arguments&)) {
  words.insert(words.begin(), "program");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return frame::run(static_cast<int>(argv.size()), argv.data(), "program ...", body);
}

}  // namespace

TEST_CASE("an option's value is the next word or stands behind =") {
  Arguments both = arguments({"--cpus", "0.5", "--max=50M", "--", "true"});
  CHECK(both.option("--max") == "50M");
  CHECK(both.option("--cpus") == "0.5");
  CHECK(both.command() == Words{"true"});
}

TEST_CASE("an option is not taken for another that begins alike") {
  Arguments alike = arguments({"--cpus-max", "1"});
  CHECK(!alike.optional("--cpus"));
  CHECK(alike.option("--cpus-max") == "1");
}

TEST_CASE("a flag is there or not, and is no word for another question") {
  Arguments words = arguments({"--receive", "NAME", "--", "--receive"});
  CHECK(words.flag("--receive"));
  CHECK(!words.flag("--receive"));
  CHECK(words.word("NAME") == "NAME");
  CHECK(words.command() == Words{"--receive"});
  CHECK_THROWS_WITH(arguments({"--receive=yes", "--", "x"}).command(),
                    "\"--receive=yes\" is not understood here");
}

TEST_CASE("an empty value is a value") {
  CHECK(arguments({"--name="}).option("--name").empty());
  CHECK(arguments({"--name", ""}).option("--name").empty());
  CHECK(arguments({"--name=a=b"}).option("--name") == "a=b");
}

TEST_CASE("what is missing is named") {
  CHECK_THROWS_WITH(arguments({}).option("--cpus"), "the option --cpus is missing");
  CHECK_THROWS_WITH(arguments({"--cpus"}).option("--cpus"), "--cpus needs a value");
  CHECK_THROWS_WITH(arguments({"--cpus", "--", "x"}).option("--cpus"), "--cpus needs a value");
  CHECK_THROWS_WITH(arguments({}).word("NAME"), "NAME is missing");
  CHECK_THROWS_WITH(arguments({}).command(), "COMMAND is missing: it stands behind \"--\"");
  CHECK_THROWS_WITH(arguments({"--"}).command(), "COMMAND is missing: it stands behind \"--\"");
  CHECK_THROWS_WITH(arguments({}).rest(), "COMMAND is missing");
}

TEST_CASE("what nobody asked for is an error") {
  Arguments more = arguments({"run", "x", "extra", "--", "true"});
  CHECK(more.word("VERB") == "run");
  CHECK(more.word("NAME") == "x");
  CHECK_THROWS_WITH(more.command(), "\"extra\" is not understood here");
  CHECK_THROWS_WITH(arguments({"--verbose"}).end(), "\"--verbose\" is not understood here");
}

TEST_CASE("the command's own options and dashes are its own") {
  Arguments own = arguments({"--max", "1", "--", "ls", "--max", "2", "--", "-l"});
  CHECK(own.option("--max") == "1");
  CHECK(!own.optional("--max"));
  CHECK(own.command() == Words{"ls", "--max", "2", "--", "-l"});
}

TEST_CASE("a program without dashes takes the words that are left") {
  Arguments plain = arguments({"ROOT", "ls", "-l"});
  CHECK(plain.word("ROOTFS") == "ROOT");
  CHECK(plain.rest() == Words{"ls", "-l"});
  CHECK(arguments({"--", "ls"}).rest() == Words{"ls"});
}

TEST_CASE("sizes are powers of 1024") {
  CHECK(frame::bytes("0") == 0);
  CHECK(frame::bytes("4096") == 4096);
  CHECK(frame::bytes("1K") == 1024);
  CHECK(frame::bytes("50M") == 52428800);
  CHECK(frame::bytes("50m") == 52428800);
  CHECK(frame::bytes("2g") == 2147483648);
  CHECK(frame::bytes("8589934591G") == 9223372035781033984);
}

TEST_CASE("what is no size is refused and shown") {
  const std::string text =
      GENERATE("", "M", "-1", "-1M", "+1", "1.5G", " 1", "1 M", "1MB", "1T", "0x10", "M50", "\xff");
  CHECK_THROWS_WITH(frame::bytes(text),
                    "\"" + text + "\" is not a size: a number, then K, M, G or nothing");
}

TEST_CASE("a size beyond 64 bits is refused") {
  CHECK_THROWS_AS(frame::bytes("8589934592G"), Error);
  CHECK_THROWS_AS(frame::bytes("9223372036854775808"), Error);
}

TEST_CASE("processors are a number above 0, with a point or without") {
  CHECK(frame::processors("1") == 1);
  CHECK(frame::processors("0.1") == 0.1);
  CHECK(frame::processors(".5") == 0.5);
  CHECK(frame::processors("10000") == 10'000);
}

TEST_CASE("what is no number of processors is refused and shown") {
  const std::string text = GENERATE("", "0", "0.0", "-1", "-0.5", "+1", " 1", "1 ", "1,5", "0x1",
                                    "one", "1m", "10001", "1e9", "inf", "nan", "1e-999");
  CHECK_THROWS_WITH(frame::processors(text),
                    "\"" + text + "\" is not a number of processors above 0, as 0.5");
}

TEST_CASE("a program's status is its body's, or that of the error") {
  CHECK(run({}, [](Arguments&) { return 7; }) == 7);
  CHECK(run({}, [](Arguments&) { return with_status(125); }) == 125);
  CHECK(run({}, [](Arguments&) { return with_status(126); }) == 126);
  CHECK(run({}, [](Arguments&) { return with_status(127); }) == 127);
  CHECK(run({}, [](Arguments&) -> int { throw std::bad_alloc(); }) == 125);
  CHECK(run({"--help"}, [](Arguments&) { return 7; }) == 0);
}

TEST_CASE("an open step says which and what") {
  CHECK_THROWS_WITH(frame::todo(2, "join", "move the process"),
                    "step 2 (join) is still to be written: move the process");
}

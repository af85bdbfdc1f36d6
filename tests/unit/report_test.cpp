#include "labkit/report/report.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "catch.hpp"
#include "report_samples.hpp"
#include "slipway/error.hpp"

using labkit::Result;
using labkit::Verdict;
using labkit::report::Format;
using labkit::report::write;
using namespace samples;

namespace {

const std::map<std::string, Format> formats{
    {"terminal", Format::terminal},   {"json", Format::json},
    {"junit", Format::junit},         {"gradescope", Format::gradescope},
    {"classroom", Format::classroom}, {"exercism", Format::exercism},
};

std::vector<Result> every_kind() {
  Result empty = with({});
  empty.labs.clear();
  Result many = with({passed()});
  many.labs.push_back(uncompiled().labs[0]);
  many.labs.push_back(with({blocked(), failed()}).labs[0]);
  std::vector<Result> results{with({passed()}),
                              with({failed()}),
                              with({blocked()}),
                              with({broken()}),
                              uncompiled(),
                              with({passed(), failed(), blocked()}),
                              with({passed(), blocked()}),
                              empty,
                              many};
  for (const std::string& text : hostile_texts()) results.push_back(all_of(text));
  return results;
}

/// What the format's own reader has to say; empty when it is content.
std::string complaint(const std::string& format, const std::vector<Result>& results) {
  std::string folder = "/tmp/slipway-formats-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return "no folder for the files";
  std::string files;
  for (const Result& result : results) {
    const std::string file = folder + "/" + std::to_string(files.size()) + "." + format;
    std::ofstream(file, std::ios::binary) << write(result, formats.at(format));
    files += " " + file;
  }
  const auto tests = std::filesystem::absolute(__FILE__).parent_path().parent_path();
  const std::string words = folder + "/words";
  const std::string command =
      (tests / "formats" / "validate").string() + " " + format + files + " >" + words + " 2>&1";
  const int status = std::system(command.c_str());  // NOLINT: a fixed command
  std::ifstream from(words);
  std::string said{std::istreambuf_iterator<char>(from), {}};
  std::filesystem::remove_all(folder);
  return status == 0 ? "" : said + "(status " + std::to_string(status) + ")";
}

std::size_t count(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern, std::regex::multiline);
  return static_cast<std::size_t>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), regex), {}));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each format is right to its own reader, whatever the result and whatever was printed") {
  for (const auto& [name, format] : formats) {
    INFO(name);
    CHECK(complaint(name, every_kind()) == "");
  }
}

TEST_CASE("the examples of docs/formats.md are what the writers write") {
  const auto root = std::filesystem::absolute(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream from(root / "docs" / "formats.md");
  const std::string page{std::istreambuf_iterator<char>(from), {}};
  for (const auto& [name, format] : formats) {
    INFO(name);
    const std::string example = write(documented(), format);
    CHECK(has(page, format == Format::classroom ? example.substr(0, 60) : "\n" + example));
  }
}

TEST_CASE("a format's reader refuses what is not of that format") {
  Result wrong = with({failed()});
  wrong.labs[0].checks[0].points = 7;
  for (const auto& [name, format] : formats) {
    INFO(name);
    if (format == Format::terminal || format == Format::junit || format == Format::exercism)
      continue;
    CHECK(complaint(name, {wrong}) != "");
  }
}

TEST_CASE("the formats have names, and a wrong name is answered with all of them") {
  for (const auto& [name, format] : formats) CHECK(labkit::report::format_of(name) == format);
  CHECK_THROWS_AS(labkit::report::format_of("xml"), slipway::Error);
  try {
    labkit::report::format_of("\x1b[2J");
  } catch (const slipway::Error& error) {
    CHECK(error.what() == std::string("\"\\x1b[2J\" is no format; there are terminal, json, junit, "
                                      "gradescope, classroom, exercism"));
  }
}

TEST_CASE("of all verdicts the whole has the one that says least about the program") {
  CHECK(with({passed(), passed()}).verdict() == Verdict::pass);
  CHECK(with({passed(), failed()}).verdict() == Verdict::fail);
  CHECK(with({failed(), blocked(), passed()}).verdict() == Verdict::blocked);
  CHECK(with({broken(), blocked(), failed()}).verdict() == Verdict::error);
  CHECK(labkit::verdict_of({}) == Verdict::error);
  CHECK(Result{}.verdict() == Verdict::error);
  Result unseen = with({});
  unseen.labs[0].verdict = Verdict::pass;
  CHECK(unseen.verdict() == Verdict::error);
}

TEST_CASE("points are the sum over the labs") {
  Result result = with({passed(), failed()});
  result.labs.push_back(with({passed()}).labs[0]);
  CHECK(result.points() == 60);
  CHECK(result.max_points() == 100);
}

TEST_CASE("the terminal tells a failure in the order in which one understands it") {
  const std::string text = write(with({passed(), failed()}), Format::terminal);
  std::size_t last = 0;
  for (const char* part :
       {"pass      30/30  quota-file", "FAIL       0/40  whole-group",
        "SHOULD:", "SAW:", "/sys/fs/cgroup/slipway/lab-11/cpu.stat", "1. STEP one", "2. STEP two",
        "CAUSE:", "$ cat /sys/fs/cgroup/slipway/lab-11/cgroup.procs", "| PRINTED this",
        "30 of 70 points", "Seed 18446744073709551615", "lab check 11 --seed 18446744073709551615",
        "Next:"}) {
    INFO(part << " in\n" << text);
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    CHECK(at > last);
    last = at;
  }
}

TEST_CASE(
    "the terminal has as many lines with a verdict as there are checks, whatever was printed") {
  for (const std::string& hostile : hostile_texts()) {
    const std::string text = write(all_of(hostile), Format::terminal);
    INFO(text);
    CHECK(count(text, "^ {0,4}(pass|FAIL|blocked|error)\\b") == 5);
    CHECK(count(text, "^\\d+ of \\d+ points") == 1);
  }
}

TEST_CASE("the terminal shows the end of a long output and the beginning of a compiler's words") {
  Result result = with({failed()});
  result.labs[0].checks[0].output.clear();
  for (int i = 0; i < 100; ++i)
    result.labs[0].checks[0].output += "line" + std::to_string(i) + "\n";
  const std::string printed = write(result, Format::terminal);
  CHECK(has(printed, "| line99\n"));
  CHECK(has(printed, "(88 more lines"));
  CHECK_FALSE(has(printed, "| line87\n"));

  Result words = uncompiled();
  words.labs[0].message = result.labs[0].checks[0].output;
  const std::string compiled = write(words, Format::terminal);
  CHECK(has(compiled, "| line0\n"));
  CHECK(has(compiled, "(70 more lines"));
  CHECK_FALSE(has(compiled, "| line30\n"));
}

TEST_CASE("the terminal has colours only when asked, and the same words with them") {
  for (const Result& result : every_kind()) {
    const std::string plain = write(result, Format::terminal);
    const std::string coloured = write(result, Format::terminal, {true, ""});
    CHECK_FALSE(has(plain, "\x1b"));
    CHECK(has(coloured, "\x1b["));
    CHECK(std::regex_replace(coloured, std::regex("\x1b\\[[0-9;]*m"), "") == plain);
  }
}

TEST_CASE("the terminal names the options that repeating the check needs") {
  const std::string text = write(with({failed()}), Format::terminal, {false, "--program ./mine"});
  CHECK(has(text, "--seed 18446744073709551615 --program ./mine"));
}

TEST_CASE("a program that never came to a check fails with the words that say why") {
  for (const auto& [name, format] : formats) {
    if (format == Format::classroom) continue;  // base64
    INFO(name);
    CHECK(has(write(uncompiled(), format), "expected ';'"));
  }
  CHECK(has(write(uncompiled(), Format::junit), "<failure"));
  CHECK(has(write(uncompiled(), Format::gradescope), "\"status\": \"failed\""));
  CHECK(has(write(uncompiled(), Format::exercism), "\"status\": \"fail\""));
}

TEST_CASE("blocked and error are no fail, and say what mends them") {
  const Result block = with({passed(), blocked()});
  CHECK(has(write(block, Format::junit), "<skipped message=\"needs: the cpu controller"));
  CHECK_FALSE(has(write(block, Format::junit), "<failure"));
  CHECK(has(write(with({broken()}), Format::junit), "<error "));

  const std::string grades = write(block, Format::gradescope);
  CHECK_FALSE(has(grades, "failed"));
  CHECK(has(grades, "\"score\": 30"));
  CHECK(count(grades, "\"max_score\"") == 1);
  CHECK(has(grades,
            "clean-up could not run, since this machine lacks something; this is no fail."
            "\\nneeds: the cpu controller"));
  CHECK(has(grades, "$ sudo mount -t cgroup"));

  const std::string exercism = write(block, Format::exercism);
  CHECK(has(exercism, "\"status\": \"error\""));
  CHECK_FALSE(has(exercism, "\"status\": \"fail\""));

  const std::string terminal = write(block, Format::terminal);
  CHECK(has(terminal, "blocked    -/30  clean-up"));
  CHECK(has(terminal, "$ sudo mount -t cgroup"));
  CHECK_FALSE(has(terminal, "FAIL"));
}

TEST_CASE("no format takes an empty result for a success") {
  Result empty;
  empty.isolation = "vm";
  CHECK(has(write(empty, Format::terminal), "  error"));
  CHECK(has(write(empty, Format::json), "\"verdict\": \"error\""));
  CHECK(has(write(empty, Format::junit), "errors=\"1\""));
  CHECK(has(write(empty, Format::gradescope), "No lab was checked."));
  CHECK(has(write(empty, Format::exercism), "\"status\": \"error\""));
}

TEST_CASE("Classroom's result fits into an environment variable, however much there is to tell") {
  for (const std::string& text :
       {std::string(4000, '\n'), std::string(4000, '\xff'), std::string(4000, '"')}) {
    Result result = all_of(text);
    result.labs.assign(20, result.labs[0]);
    CHECK(complaint("classroom", {result}) == "");
  }
}

TEST_CASE("Exercism gets at most 500 characters of output, counted as characters") {
  Result result = with({failed()});
  std::string& output = result.labs[0].checks[0].output;
  output.clear();
  for (int i = 0; i < 500; ++i) output += "\xc3\xa9";
  const std::string all = write(result, Format::exercism);
  CHECK(count(all, "\\\\u00e9") == 500);
  CHECK_FALSE(has(all, "truncated"));
  output += "!";
  const std::string cut = write(result, Format::exercism);
  CHECK(has(cut, "Output was truncated. Please limit to 500 chars\""));
  CHECK(count(cut, "\\\\u00e9") == 500 - 48);
}

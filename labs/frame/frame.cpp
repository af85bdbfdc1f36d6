#include "frame/frame.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace frame {

using slipway::Error;

Arguments::Arguments(int argc, char** argv) : words_(argv + 1, argv + argc) {
  const auto dashes = std::ranges::find(words_, "--");
  if (dashes == words_.end()) return;
  command_.assign(dashes + 1, words_.end());
  words_.erase(dashes, words_.end());
}

std::optional<std::string> Arguments::optional(const std::string& name) {
  for (auto word = words_.begin(); word != words_.end(); ++word) {
    std::string value;
    if (word->starts_with(name + "=")) {
      value = word->substr(name.size() + 1);
      words_.erase(word);
      return value;
    }
    if (*word != name) continue;
    if (word + 1 == words_.end()) throw Error(fmt::format("{} needs a value", name));
    value = word[1];
    words_.erase(word, word + 2);
    return value;
  }
  return std::nullopt;
}

std::string Arguments::option(const std::string& name) {
  if (auto value = optional(name)) return *value;
  throw Error(fmt::format("the option {} is missing", name));
}

bool Arguments::flag(const std::string& name) {
  return std::erase(words_, name) != 0;
}

std::string Arguments::word(const std::string& what) {
  if (words_.empty()) throw Error(fmt::format("{} is missing", what));
  std::string word = words_.front();
  words_.erase(words_.begin());
  return word;
}

std::vector<std::string> Arguments::command() {
  end();
  if (command_.empty()) throw Error("COMMAND is missing: it stands behind \"--\"");
  return std::move(command_);
}

std::vector<std::string> Arguments::rest() {
  if (!words_.empty() && !command_.empty()) words_.emplace_back("--");  // the command's own
  words_.insert(words_.end(), command_.begin(), command_.end());
  if (words_.empty()) throw Error("COMMAND is missing");
  return std::move(words_);
}

void Arguments::end() const {
  if (!words_.empty()) throw Error(fmt::format("\"{}\" is not understood here", words_.front()));
}

std::int64_t bytes(const std::string& text) {
  constexpr std::string_view units = "KMG";
  std::string digits = text;
  int shift = 0;
  if (!digits.empty()) {
    const size_t unit =
        units.find(digits.back() >= 'a' ? static_cast<char>(digits.back() - 32) : digits.back());
    if (unit != std::string_view::npos) {
      shift = 10 * static_cast<int>(unit + 1);
      digits.pop_back();
    }
  }
  const bool number =
      !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
  if (!number)
    throw Error(fmt::format("\"{}\" is not a size: a number, then K, M, G or nothing", text));
  const std::int64_t count = slipway::to_number(digits);
  if (count > std::numeric_limits<std::int64_t>::max() >> shift)
    throw Error(fmt::format("\"{}\" is more bytes than 64 bits can count", text));
  return count << shift;
}

double processors(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  constexpr double most = 10'000;  // more than this is a slip of the pen
  if (error != std::errc() || rest != end || !(number > 0 && number <= most))
    throw Error(fmt::format("\"{}\" is not a number of processors above 0, as 0.5", text));
  return number;
}

int run(int argc, char** argv, const char* usage, int (*body)(Arguments&)) {
  try {
    Arguments arguments(argc, argv);
    if (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h")) {
      fmt::print("usage: {}\n", usage);
      return 0;
    }
    return body(arguments);
  } catch (const Error& error) {
    fmt::print(stderr, "{}: {}\nusage: {}\n", argv[0], error.what(), usage);
    return error.exit_status();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", argv[0], error.what());
    return 125;
  }
}

void todo(int number, const char* step, const char* what) {
  throw Error(fmt::format("step {} ({}) is still to be written: {}", number, step, what));
}

}  // namespace frame

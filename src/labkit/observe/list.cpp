#include "labkit/observe/list.hpp"

#include <cstdint>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

constexpr std::int64_t most = 1 << 16;  // more than a kernel has of either

int number_in(const std::string& text) {
  const std::int64_t number = slipway::to_number(text);
  if (number < 0 || number >= most)
    throw slipway::Error(fmt::format("\"{}\" is no number of a processor or node", text));
  return static_cast<int>(number);
}

}  // namespace

std::set<int> numbers_in(const std::string& list) {
  const size_t begin = list.find_first_not_of(" \t\n");
  if (begin == std::string::npos) return {};
  const std::string text = list.substr(begin, list.find_last_not_of(" \t\n") - begin + 1);
  std::set<int> numbers;
  for (const std::string& range : slipway::split(text, ',')) {
    const size_t dash = range.find('-');
    const int first = number_in(range.substr(0, dash));
    const int last = dash == std::string::npos ? first : number_in(range.substr(dash + 1));
    if (last < first) throw slipway::Error(fmt::format("\"{}\" ends before it begins", range));
    for (int number = first; number <= last; ++number) numbers.insert(number);
  }
  return numbers;
}

}  // namespace labkit

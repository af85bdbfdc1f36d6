#include "labkit/command/options.hpp"

#include <fmt/core.h>

#include <iostream>

namespace labkit {

namespace po = boost::program_options;

Options::Options(const std::string& usage, const std::string& about)
    : usage_(usage), about_(about), described_("Options") {
  described_.add_options()("help,h", "print this");
}

bool Options::read(const Words& words, size_t least, size_t most) {
  po::options_description all;
  all.add(described_);
  all.add_options()("word", po::value<Words>());
  po::positional_options_description positions;
  positions.add("word", -1);
  try {
    po::store(po::command_line_parser(words).options(all).positional(positions).run(), values_);
    po::notify(values_);
  } catch (const po::error& error) {
    throw UsageError{fmt::format("{}\nusage: {}", error.what(), usage_)};
  }
  if (values_.count("help") > 0) {
    std::cout << "usage: " << usage_ << "\n\n" << about_ << "\n\n" << described_;
    return false;
  }
  if (values_.count("word") > 0) words_ = values_["word"].as<Words>();
  if (words_.size() < least) throw UsageError{fmt::format("too few words\nusage: {}", usage_)};
  if (words_.size() > most)
    throw UsageError{fmt::format("\"{}\" is one word too many\nusage: {}", words_[most], usage_)};
  return true;
}

}  // namespace labkit

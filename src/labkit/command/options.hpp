#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>

#include "labkit/command/command.hpp"

namespace labkit {

/// The options and the words of one command, read by Boost.Program_options.
class Options {
 public:
  /// `usage` is the line after "usage: "; `about` a sentence or two below it.
  Options(const std::string& usage, const std::string& about);

  /// Where options are declared: `options.add()("seed", value<...>(), "what it does")`.
  boost::program_options::options_description_easy_init add() { return described_.add_options(); }

  /// Reads the words. Returns false when help was asked for, and has then printed it. Throws
  /// UsageError for an unknown option, and for more or fewer words than `least` to `most`.
  bool read(const Words& words, size_t least, size_t most);

  bool has(const std::string& name) const { return values_.count(name) > 0; }

  template <typename Type>
  Type get(const std::string& name) const {
    return values_[name].as<Type>();
  }

  const Words& words() const { return words_; }

 private:
  std::string usage_;
  std::string about_;
  boost::program_options::options_description described_;
  boost::program_options::variables_map values_;
  Words words_;
};

}  // namespace labkit

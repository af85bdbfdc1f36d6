#pragma once

/// The modes of the payload that stand in files of their own. Each gets the words behind its name,
/// the last of them the token.
namespace payload {

int zoo(char** words);
int vanish(char** words);
int keep(char** words);
int target(char** words);
int has_double(char** words);

}  // namespace payload

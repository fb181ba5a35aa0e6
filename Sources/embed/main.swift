// Turns text files into one Swift source file, so that the program is a single binary.
// usage: embed OUTPUT.swift NAME=FILE …

import Foundation

var source = "enum EmbeddedFiles {\n    static let all: [String: String] = [\n"
for argument in CommandLine.arguments.dropFirst(2) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let text = try? String(contentsOfFile: parts[1], encoding: .utf8) else {
        FileHandle.standardError.write(Data("embed: cannot read \(argument) as UTF-8 text\n".utf8))
        exit(1)
    }
    // `##` lets a text hold quotes and backslashes as they are; the terminator itself must not occur.
    guard !text.contains("\"\"\"##") else {
        FileHandle.standardError.write(Data("embed: \(parts[1]) contains the terminator \"\"\"##\n".utf8))
        exit(1)
    }
    source += "        \"\(parts[0])\": ##\"\"\"\n\(text)\n\"\"\"##,\n"
}
source += "    ]\n}\n"
guard CommandLine.arguments.count > 1,
    (try? source.write(toFile: CommandLine.arguments[1], atomically: true, encoding: .utf8)) != nil
else {
    FileHandle.standardError.write(Data("embed: cannot write the output file\n".utf8))
    exit(1)
}

import Foundation
import PackagePlugin

/// Compiles text files into the target that asks: `Public/` for `IdP`, the folder `site/` of the example for itself.
@main
struct EmbedFiles: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let root =
            target.name == "IdP"
            ? context.package.directoryURL.appending(path: "Public")
            : target.directoryURL.appending(path: "site")
        let files = try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted().filter { name in
            var isFolder: ObjCBool = false
            FileManager.default.fileExists(atPath: root.appending(path: name).path, isDirectory: &isFolder)
            return !isFolder.boolValue
        }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(files.count) files into \(target.name)",
                executable: try context.tool(named: "embed").url,
                arguments: [output.path] + files.map { "\($0)=\(root.appending(path: $0).path)" },
                inputFiles: files.map { root.appending(path: $0) },
                outputFiles: [output]
            )
        ]
    }
}

import FileStorage

/// The end of a run's folder.
extension RunFolder {
  /// Removes a run: all that a run writes into its folder, and the folder where nothing else is in it.
  ///
  /// The model that it wrote stays, and so does what links in the folder lead to. Stopped half-way it is still a
  /// run, and can be removed again.
  ///
  /// - Parameter path: the folder; a link to it goes with it.
  /// - Returns: the names of what is no run's and stays.
  /// - Throws: ``TrainingError`` where it holds no run, or a process trains in it.
  public static func remove(_ path: String) throws(TrainingError) -> [String] {
    guard fileKind(at: path + "/run.json") != nil else {
      throw TrainingError(.noRun(path: path))
    }
    guard let lock = try fileStep({ () throws(FileError) in try FileLock(path: path + "/lock") })
    else { throw TrainingError(.locked(path: path)) }
    // A folder cannot be removed under the name of a link, or as `.`.
    let folder = realPath(of: path) ?? path
    removeUnfinishedFiles(in: folder)
    let others = try fileStep { () throws(FileError) in try removeFiles(of: folder) }
    _ = consume lock
    if others.isEmpty, isLink(at: path) {
      try fileStep { () throws(FileError) in try removeFile(at: path) }
    }
    return others
  }

  private static func removeFiles(of path: String) throws(FileError) -> [String] {
    let samples = path + "/samples"
    if fileKind(at: samples) == .folder, !isLink(at: samples) {
      for name in try listFolder(at: samples)
      where isNumbered(name, between: "step-", and: ".mid") {
        try removeFile(at: samples + "/" + name)
      }
      try removeFolderIfEmpty(at: samples)
    }
    // Of event files elsewhere nobody knows whose they are.
    if let events = start(in: path)?.eventFolder.flatMap({ realPath(of: $0) }),
      FileStorage.folder(of: events) == realPath(of: path)
    {
      for name in try listFolder(at: events)
      where name.hasPrefix("events.out.tfevents.") && name.contains(".musegen.") {
        try removeFile(at: events + "/" + name)
      }
      try removeFolderIfEmpty(at: events)
    }
    // What makes it a run goes last.
    let names = [
      splitName, skippedName, descriptionName, "model.json", finishedName, divergedName,
      "metrics.jsonl", "run.json", "lock",
    ]
    for name in try checkpoints(in: path) + names { try removeFile(at: path + "/" + name) }
    try removeFolderIfEmpty(at: path)
    return fileKind(at: path) == nil ? [] : try listFolder(at: path)
  }
}

public import Corpora

extension MIDIFileFinder {
  /// Creates a finder that knows the collections of a store by their names.
  public init(collections store: CollectionStore) {
    self.init { name in
      store.collection(named: name).map { store.path(of: $0.name) }
    }
  }
}

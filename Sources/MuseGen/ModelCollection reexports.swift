@_exported public import ModelCollection

@_exported public import Training

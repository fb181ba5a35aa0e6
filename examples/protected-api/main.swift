print("protected-api: not yet")

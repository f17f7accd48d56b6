"""Tools of the painter: planes of a frame, brushes, the stage a scene is set on, water."""

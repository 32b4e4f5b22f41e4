"""The kernels' Python face: what the C++ core does, on NumPy arrays, with every argument checked.

cpu       which vector instructions are used
pool      how many threads are used
raster    triangles to pixels: depth, triangle ids, barycentrics, attributes
antialias several samples a pixel and their mean
texture   mip pyramids and their colour at places or at a mesh's pixels
mesh      blendshapes, normals, skinning
shade     the whole portrait of an avatar: skin, hair, cloth, eyes and light
splats    Gaussians to pixels and back; splat_rig: riding on a mesh; splat_loss, splat_adam: what training adds
"""

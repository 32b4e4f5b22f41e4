"""The kernels' Python face: what the C++ core does, on NumPy arrays, with every argument checked.

cpu       which vector instructions are used
pool      how many threads are used
raster    triangles to pixels: depth, triangle ids, barycentrics, attributes
texture   mip pyramids, texture sampling, downsampling, 8-bit conversion
mesh      blendshapes, normals, skinning
"""

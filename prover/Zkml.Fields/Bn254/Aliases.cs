// The names of the BN254 types. A project that uses the curve compiles this file too, by a link in its project file.
global using Fq = Zkml.Fields.Bn254.MontgomeryElement<Zkml.Fields.Bn254.FqModulus>;
global using Fr = Zkml.Fields.Bn254.MontgomeryElement<Zkml.Fields.Bn254.FrModulus>;
global using G1 = Zkml.Fields.Bn254.JacobianPoint<Zkml.Fields.Bn254.G1Curve, Zkml.Fields.Bn254.MontgomeryElement<Zkml.Fields.Bn254.FqModulus>>;
global using G1Affine = Zkml.Fields.Bn254.AffinePoint<Zkml.Fields.Bn254.G1Curve, Zkml.Fields.Bn254.MontgomeryElement<Zkml.Fields.Bn254.FqModulus>>;
global using G2 = Zkml.Fields.Bn254.JacobianPoint<Zkml.Fields.Bn254.G2Curve, Zkml.Fields.Bn254.Fq2>;
global using G2Affine = Zkml.Fields.Bn254.AffinePoint<Zkml.Fields.Bn254.G2Curve, Zkml.Fields.Bn254.Fq2>;

package dev.zoetrope.runtime.schedule;

/** What a network predicts at z = alpha x + sigma e, and how the clean x follows from it: linearly. */
public enum Prediction {
    /** dz/dsigma = e - x of flow matching, where alpha = 1 - sigma. */
    FLOW_VELOCITY {
        @Override
        public double cleanFromNoisy(double alpha, double sigma) {
            return 1;
        }

        @Override
        public double cleanFromOutput(double alpha, double sigma) {
            return -sigma;
        }
    },
    /** The noise e. */
    NOISE {
        @Override
        public double cleanFromNoisy(double alpha, double sigma) {
            return 1 / alpha;
        }

        @Override
        public double cleanFromOutput(double alpha, double sigma) {
            return -sigma / alpha;
        }
    },
    /** The clean x itself. */
    CLEAN {
        @Override
        public double cleanFromNoisy(double alpha, double sigma) {
            return 0;
        }

        @Override
        public double cleanFromOutput(double alpha, double sigma) {
            return 1;
        }
    },
    /**
     * alpha e - sigma x, where alpha² + sigma² = 1. T. Salimans, J. Ho, "Progressive distillation" (arXiv:2202.00512),
     * appendix D.
     */
    V {
        @Override
        public double cleanFromNoisy(double alpha, double sigma) {
            return alpha;
        }

        @Override
        public double cleanFromOutput(double alpha, double sigma) {
            return -sigma;
        }
    };

    /** The factor of z in the clean x. */
    public abstract double cleanFromNoisy(double alpha, double sigma);

    /** The factor of the network's output in the clean x. */
    public abstract double cleanFromOutput(double alpha, double sigma);
}

/* A shared object that is no design. */
int sim_design_of_ships(void);

int sim_design_of_ships(void)
{
    return 1;
}
